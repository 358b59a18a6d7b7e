/** The client half of the Responses wire: what Codex and OpenAI's SDKs talk to. */
import type { ClientWire } from "../wire.ts";
import { ResponsesEncoder } from "./encode.ts";
import { httpErrorOf } from "./errors.ts";
import { liftRequest } from "./lift.ts";

export const responsesClient: ClientWire = {
  name: "responses",
  lift(json, client, around) {
    const { body, turn, table } = liftRequest(json);
    const stream = body.stream === true;
    return { turn, stream, encoder: new ResponsesEncoder(body, table, stream, client, around) };
  },
  httpError: httpErrorOf,
};
