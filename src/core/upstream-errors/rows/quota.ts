/** Accounts that are used up: no later try of the same key helps. */
import { anthropic, google, topic, type Topic } from "./row.ts";

export const QUOTA: Topic = {
  // Who names a time, or a span of seconds, speaks of a rate.
  unless: ["{try again|retry} {in|after} {given}", "per minute", "per second", "#token-limit", "(e.g. check quota)"],
  ...topic("quota", {
    "quota-code, 2026-10, OpenAI; the ChatGPT backend of Codex: usage_limit_reached": {
      names: "insufficient_quota insufficient_balance usage_limit_reached usage_not_included",
      at: 429,
      body: "You exceeded your current quota, please check your plan and billing details.",
      with: { type: "insufficient_quota", code: "insufficient_quota" },
    },
    "quota-billing, 2026-10, Anthropic; OpenAI: billing_hard_limit_reached; OpenCode Zen: CreditsError; DashScope: Arrearage":
      {
        names: "billing_* *spend_limit* CreditsError arrearage payment_required",
        body: anthropic("Please update your payment method.", "billing_error"),
      },
    "quota-words, 2026-09, Anthropic; DeepSeek: Insufficient Balance; xAI with 403; Z.ai 1113 with 429 (anthropics/claude-code#9201); Hugging Face's router with 402":
      {
        words: `
          credit balance is too low / exceeded your {current quota|monthly included credits|monthly} /
          insufficient {balance|credit|credits|funds|quota} / not enough credits / {have|has} any credits /
          {more credits|higher monthly limit|upgrade to a paid account|run out of credits|out of credits} /
          account is {not active|overdue|in arrears|suspended due to} / account is in good standing /
          {余额不足|欠费|额度已用完|额度不足}`,
        body: anthropic(
          "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
        ),
      },
    "quota-plan, 2026-08, DashScope's token plan; Z.ai 1308; Anthropic: API usage limits; OpenRouter: free-models-per-day (danialranjha/pi-auto-router#4)":
      {
        words: `
          {reached|exceeded|hit} your {specified |}{API |}usage limit / usage limit {has been |}reached / usage limits /
          {1-week|weekly|week's|monthly|daily} {quota|limit|usage limit} {has been |is |}{exhausted|reached|exceeded|used} /
          spend{ing|} limit / daily free / free-models-per-day / quota will reset at`,
        at: 429,
        body: "Your token-plan 1-week quota has been exhausted. The quota will reset at 12-04 09:18:00 UTC.",
        with: { type: "rate_limit_error", code: "rate_limit" },
      },
    "quota-429, 2026-06, Gemini; OpenAI-compatible upstreams in many words": {
      status: [429],
      words: "quota / credits / credit balance / balance",
      body: google(429, "RESOURCE_EXHAUSTED", "Quota exceeded for requests per day"),
    },
    "quota-402, 2026-11, RFC 9110; OpenRouter, DeepSeek, Hugging Face's router": { status: [402], text: "" },
  }),
};
