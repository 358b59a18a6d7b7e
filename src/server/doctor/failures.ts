/** What a failed request means for the user, and how to fix it. */
import type { ErrorKind } from "../../core/errors.ts";
import type { Failure } from "./ask.ts";
import { judged, shown, type Judged } from "./finding.ts";

type Advice = { why: string; fix: string };

const LATER: Advice = {
  why: "requests are refused for a while",
  fix: "run doctor again later; if it stays so, look into the upstream's log or status page",
};

const ADVICE: Record<ErrorKind, Advice> = {
  invalid_request: { why: "no agent gets a reply", fix: "check its `preset`, or drop a field by `dialect.drop`" },
  unsupported: { why: "the upstream does not have what was requested", fix: "choose a model that has it" },
  not_found: {
    why: "the address leads nowhere",
    fix: "`base_url` ends before `/chat/completions` or `/responses`, usually in `/v1`",
  },
  model_not_found: { why: "requests for it fail", fix: "write its name as `GET /models` lists it, or load it there" },
  authentication: {
    why: "every request is refused",
    fix: "set the right key in the variable named by `env_key`, or in the file of `api_key_file`; then restart or send SIGHUP",
  },
  permission: { why: "the key may not use this model", fix: "request access there, or use another key or model" },
  context_overflow: {
    why: "the model's window is too small even for a short question",
    fix: "start its server with a longer window",
  },
  payload_too_large: { why: "the upstream limits the size of requests", fix: "raise the limit there or at its proxy" },
  content_filter: { why: "its filter stops harmless questions", fix: "choose another model or provider" },
  quota: { why: "the account is used up, and every request is refused", fix: "top it up, or use another provider" },
  rate_limited: LATER,
  overloaded: LATER,
  model_loading: { why: "it replies once it is loaded", fix: "run doctor again in a minute" },
  upstream_failed: { ...LATER, why: "replies break" },
  upstream_unreachable: { why: "every request fails", fix: "start it, or correct `base_url`, proxy or firewall" },
  upstream_misplaced: { why: "no models are served there", fix: "correct `base_url`: it usually ends in `/v1`" },
  upstream_timeout: {
    why: "agents give up, or wait for long",
    fix: "run doctor again: a model that is loaded for the first time is slow, and a busy server needs more slots",
  },
  upstream_protocol: { why: "replies end early; agents retry", fix: "update the server, or check proxies between" },
  loop: { why: "the upstream is juscode-shim itself", fix: "correct `base_url`" },
  aborted: { why: "the request was given up", fix: "run doctor again" },
  internal: { why: "this is a fault of juscode-shim", fix: "please report it, with the output of doctor --json" },
};

export function failed(what: string, { kind, message }: Failure): Judged {
  const { why, fix } = ADVICE[kind];
  return judged(what, "problem", `${kind}: ${shown(message)}`, why, fix);
}

/** The upstream does not support this, rather than that something went wrong. */
export const isRefusal = ({ kind }: Failure): boolean => kind === "invalid_request" || kind === "unsupported";

const FINAL =
  /^(?:(?:model_)?not_found|authentication|permission|quota|rate_limited|upstream_unreachable|upstream_misplaced|loop)$/;

/** Further requests would fail, too. */
export const isFinal = ({ kind }: Failure): boolean => FINAL.test(kind);
