/** What a failed request means for the user, and how to fix it. */
import type { ErrorKind } from "../../core/errors.ts";
import type { Failure } from "./ask.ts";
import { judged, shown, type Judged } from "./finding.ts";

const LATER = "run doctor again later; if it stays so, look into the host's own log or status page";

const ADVICE: Record<ErrorKind, { why: string; fix: string }> = {
  invalid_request: {
    why: "the host does not take what is sent, so that no agent gets an answer",
    fix: "is its `preset` the right one? A field that it does not know can be left out by `dialect.drop`",
  },
  unsupported: { why: "the host does not have what was asked for", fix: "choose a model that has it" },
  not_found: {
    why: "the address leads nowhere",
    fix: "the base URL ends where `/chat/completions` or `/responses` begins, usually in `/v1`",
  },
  model_not_found: {
    why: "requests for it fail",
    fix: "write the name as the host lists it (`GET /models`), or load the model there",
  },
  authentication: {
    why: "every request is refused",
    fix: "set the right key in the variable of `env_key` (or in `api_key_file`), and restart the shim or send it SIGHUP",
  },
  permission: { why: "the key may not use this model", fix: "ask for access at the host, or use another key or model" },
  context_overflow: {
    why: "the model's window is too small even for a short question",
    fix: "start its server with a longer window",
  },
  payload_too_large: { why: "the host limits the size of requests", fix: "raise the limit at the host or its proxy" },
  content_filter: { why: "the host's filter stops harmless questions", fix: "choose another model or host" },
  quota: { why: "the account is used up, and every request is refused", fix: "top it up, or use another provider" },
  rate_limited: { why: "requests are refused for a while", fix: LATER },
  overloaded: { why: "requests are refused for a while", fix: LATER },
  model_loading: { why: "it answers once it is loaded", fix: "run doctor again in a minute" },
  upstream_failed: { why: "answers break", fix: LATER },
  upstream_unreachable: {
    why: "every request fails",
    fix: "start it, or correct `base_url`; is a proxy or firewall between?",
  },
  upstream_misplaced: {
    why: "the address belongs to something that is no model host",
    fix: "correct `base_url`: it usually ends in `/v1`",
  },
  upstream_timeout: {
    why: "agents give up, or wait for very long",
    fix: "a model that is loaded for the first time is slow: run doctor again; a busy host needs more slots",
  },
  upstream_protocol: {
    why: "answers end early; agents ask again and again",
    fix: "update the host's server, or look for a proxy that cuts streams",
  },
  loop: { why: "the upstream is juscode-shim itself", fix: "correct `base_url`" },
  aborted: { why: "the request was given up", fix: "run doctor again" },
  internal: { why: "this is a fault of juscode-shim", fix: "please report it, with the output of doctor --json" },
};

export function failed(what: string, { kind, message }: Failure): Judged {
  const { why, fix } = ADVICE[kind];
  return judged(what, "problem", `${kind}: ${shown(message)}`, why, fix);
}

/** The upstream does not support this, rather than that something went wrong. */
export function isRefusal({ kind }: Failure): boolean {
  return kind === "invalid_request" || kind === "unsupported";
}

const FINAL: ReadonlySet<ErrorKind> = new Set([
  "not_found",
  "model_not_found",
  "authentication",
  "permission",
  "quota",
  "rate_limited",
  "upstream_unreachable",
  "upstream_misplaced",
  "loop",
]);

/** Further requests would fail, too. */
export function isFinal({ kind }: Failure): boolean {
  return FINAL.has(kind);
}
