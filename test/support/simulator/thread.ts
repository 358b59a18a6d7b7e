/** Runs a scenario's thread through the shim's app, over real HTTP, against one simulated host. */
import { ERROR_KINDS, type ErrorKind } from "../../../src/core/errors.ts";
import { foundAt, serving, until, type Serving } from "../../server/serving.ts";
import { AS_CODEX, ask } from "../ask.ts";
import { tell, validateResponseStream } from "../response-events.ts";
import { isObject, type Json } from "../response-rules.ts";
import { envelope } from "./scenarios/items.ts";
import type { Scenario, ThreadTurn } from "./scenarios/scenario.ts";
import { RIGHT_KEY, Simulator } from "./server.ts";
import type { Said, Variant, Vendor } from "./types.ts";

/** What came of one turn. */
export interface Told {
  turn: ThreadTurn;
  /** What the client got. */
  output: readonly Json[];
  status: "completed" | "incomplete" | "failed";
  kind?: ErrorKind;
  message?: string;
  retry_after_s?: number;
  /** What the shim lists as ignored: `field: what`. */
  ignored: readonly string[];
  /** Effort as it was told back: in the response, and in the header. */
  effort: { response: unknown; header: string | null };
  said?: Said;
  /** Wrong events. */
  faults: string;
  /** All bodies that the upstream got for this turn: more than one when a setting was refused. */
  bodies: readonly Json[];
  session: Record<string, string>;
}

export interface Ran {
  told: readonly Told[];
  losses: readonly string[];
  /** What the host refused, each with its rule. */
  refusals: readonly string[];
}

export async function runThread(vendor: Vendor, scenario: Scenario, variant: Variant): Promise<Ran> {
  await using simulator = new Simulator(vendor, variant);
  const key = endsWith(scenario) === "wrong_key" ? "wrong-key" : RIGHT_KEY;
  const provider = {
    preset: vendor.preset,
    wires: ["chat"] as const,
    auth: vendor.auth === "none" ? ("bearer" as const) : vendor.auth,
    api_key: key,
    models: vendor.facts ? { [vendor.model]: vendor.facts } : {},
  };
  await using shim = await serving(async () => [foundAt(simulator.url, [vendor.model], vendor.id, provider)]);
  const told: Told[] = [];
  const history: Json[] = [];
  for (const turn of scenario.turns) {
    history.push(...resultsOf(turn, told.at(-1)), ...(turn.input ?? []));
    const answer = await oneTurn(simulator, shim, turn, envelope(vendor.model, history, scenario.request ?? {}));
    told.push(answer);
    if (answer.status === "failed") break;
    history.push(...answer.output);
  }
  const refusals = simulator.requests.flatMap(({ refusal }) => refusal ?? []);
  return { told, losses: simulator.losses, refusals };
}

const endsWith = ({ ends }: Scenario): string | undefined => (typeof ends === "object" ? ends.fails : undefined);

async function oneTurn(simulator: Simulator, shim: Serving, turn: ThreadTurn, body: Json): Promise<Told> {
  const [before, logged] = [simulator.requests.length, shim.lines.length];
  simulator.wishes.splice(0, Number.POSITIVE_INFINITY, turn.wish);
  const answer = await ask(shim.url, body, AS_CODEX);
  await until("the request is logged", () => shim.lines.length > logged);
  const { response, headers, text } = answer;
  const requests = simulator.requests.slice(before);
  const said = requests.at(-1)?.said;
  const error = isObject(response["error"]) ? response["error"] : undefined;
  const kind = error && kindIn(shim.lines.at(-1) ?? "");
  const wait = headers.get("retry-after");
  return {
    turn,
    output: Array.isArray(response["output"]) ? response["output"].filter(isObject) : [],
    status: error ? "failed" : response["status"] === "incomplete" ? "incomplete" : "completed",
    ...(kind && { kind }),
    ...(error && { message: String(error["message"]) }),
    ...(wait !== null && { retry_after_s: Number(wait) }),
    ignored: (headers.get("x-juscode-ignored") ?? "").split("; ").filter((each) => each !== ""),
    effort: {
      response: isObject(response["reasoning"]) ? response["reasoning"]["effort"] : null,
      header: headers.get("x-juscode-effort"),
    },
    ...(said && { said }),
    faults: answer.events.length > 0 ? tell(validateResponseStream(text)) : "",
    bodies: requests.map(({ body }) => body),
    session: requests.at(-1)?.session ?? {},
  };
}

const KINDS = new RegExp(` → .*?: (${Object.keys(ERROR_KINDS).join("|")}): `);

function kindIn(line: string): ErrorKind | undefined {
  return KINDS.exec(line)?.[1] as ErrorKind | undefined;
}

/** Results for the calls of the last answer, as Codex gives them. */
function resultsOf({ results = [] }: ThreadTurn, last: Told | undefined): Json[] {
  const calls = (last?.output ?? []).filter(({ call_id }) => call_id !== undefined);
  return calls.map(({ type, call_id }, i) => ({
    type: `${String(type)}_output`,
    call_id,
    output: results[i] ?? "nothing",
  }));
}
