/** Too much in a span of time: the same request may go through later. */
import { google, topic } from "./row.ts";

export const RATE_LIMIT = topic("rate_limit", {
  "rate-retry-info, 2026-05, Gemini (hydropix/TranslateBooksWithLLMs#125)": {
    names: "RESOURCE_EXHAUSTED",
    at: 429,
    body: google(
      429,
      "RESOURCE_EXHAUSTED",
      "You exceeded your current quota, please check your plan and billing details. Please retry in 43s.",
      [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "43s" }],
    ),
    retry_after_ms: 43_000,
  },
  "rate-code, 2026-08, Groq; OpenAI; Anthropic: rate_limit_error; DashScope: Throttling.RateQuota; Z.ai 1302": {
    names:
      "rate_limit_exceeded rate_limit_error rate_limit rate_limited too_many_requests too_many_requests_error throttling* 1302",
    at: 413,
    body: "Request too large for model `openai/gpt-oss-120b` in organization `org_1` on tokens per minute (TPM): Limit 8000, Requested 9000, please reduce your message size and try again.",
    with: { type: "tokens", code: "rate_limit_exceeded" },
  },
  "rate-429, 2026-04, Groq (Gitlawb/openclaude#936); every other upstream with this status": {
    status: [429],
    body: "Rate limit reached for model `openai/gpt-oss-120b` on tokens per day (TPD): Limit 200000, Used 199000, Requested 2000. Please try again in 7m12.5s.",
    with: { type: "tokens" },
    retry_after_ms: 432_500,
  },
  "rate-words, 2026-06, Z.ai within a stream (zai-org/feedback#81); Bedrock: Too many tokens, please wait before trying again":
    {
      status: [401, 403, 404, 408, 409, 413, 422, 425, 498, 500, 502, 503, 504, 529, 0],
      words: `
        {rate limit|rate-limit|rate_limit|ratelimit|rate limiting} / too many requests / throttl /
        too many tokens, please wait / {tokens|requests} per minute / high concurrency usage / concurrency limit`,
      // With 400 it may be a field's name.
      unless: "{unknown|unrecognized|unsupported|invalid} {}rate_limit",
      at: 0,
      body: {
        error: {
          code: null,
          message:
            "High concurrency usage of this API, please reduce concurrency or contact customer service to increase limits",
        },
      },
    },
});
