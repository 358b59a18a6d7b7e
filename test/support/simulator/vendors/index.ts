/** All hosts that are played. */
import type { Vendor } from "../types.ts";
import { dashscope, gemini, minimax } from "./dashscope-minimax-gemini.ts";
import { cerebras, groq, mistral } from "./groq-mistral-cerebras.ts";
import { kimi26, kimi3, zai } from "./moonshot-zai.ts";
import { NATIVE } from "./native.ts";
import { llamaGptOss, llamaServer, ollama, ollamaPlain } from "./ollama-llama.ts";
import { lmStudio, sglang, tgi, vllm } from "./servers.ts";
import { cloudflare, fireworks, huggingface, together } from "./together-fireworks-cloudflare.ts";

export const VENDORS: readonly Vendor[] = [
  ...NATIVE,
  together,
  fireworks,
  cloudflare,
  huggingface,
  groq,
  mistral,
  cerebras,
  kimi26,
  kimi3,
  zai,
  dashscope,
  minimax,
  gemini,
  ollama,
  ollamaPlain,
  llamaServer,
  llamaGptOss,
  lmStudio,
  vllm,
  sglang,
  tgi,
];
