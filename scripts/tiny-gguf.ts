/**
 * Writes a llama-architecture GGUF of about 2 MB whose weights are set by hand, so that a real llama-server answers
 * predictably: bun scripts/tiny-gguf.ts OUT.gguf [text files to learn word pieces from ...]
 *
 * No training and no download: the weights are a "next token" table (embedding and output matrix) plus one attention
 * head that looks for the marker of a mode. The mode is the last [[name]] in the newest user message, which the chat
 * template finds: [[text]] [[long]] [[utf8]] [[think]] [[tool]] [[texttool]] [[thinktool]] [[two]] [[patch]] [[empty]].
 * Without one: a tool call where tools are offered, otherwise text; after a tool result: a closing text. Every answer
 * ends by itself except [[long]]. Under a grammar (json_schema, tool calls) the table prefers what closes strings,
 * objects and arrays soonest, so the JSON is short, valid and the same every time, at any temperature.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chatTemplate } from "./gguf/chat-template.ts";
import { bool, f32, ggufFile, i32s, string, strings, u32 } from "./gguf/file.ts";
import { BYTE_CHARS, encode, learnMerges } from "./gguf/word-pieces.ts";

const [out, ...corpus] = process.argv.slice(2);
if (!out) throw new Error("usage: tiny-gguf OUT.gguf [text files...]");
const MAX_MERGES = 2000;
const CONTEXT_TOKENS = 131_072;
const HEAD = 32;
const FEED_FORWARD = 32;

// So that long prompts do not cost one token a byte. Our own prose is English and code enough.
const DEFAULT_CORPUS = ["./tiny-gguf.ts", "./gguf/chat-template.ts", "./gguf/file.ts", "./gguf/word-pieces.ts"].map(
  (path) => fileURLToPath(new URL(path, import.meta.url)),
);
const merges = learnMerges(
  (corpus.length > 0 ? corpus : DEFAULT_CORPUS).map((path) => readFileSync(path, "utf8")),
  MAX_MERGES,
);

// ---- vocabulary ----
const NORMAL = 1;
const CONTROL = 3;
const USER = 4;
const tokens: string[] = [];
const types: number[] = [];
const idOf = new Map<string, number>();
const add = (text: string, type = NORMAL): number => {
  const known = idOf.get(text);
  if (known !== undefined) return known;
  idOf.set(text, tokens.length);
  types.push(type);
  return tokens.push(text) - 1;
};
for (const c of BYTE_CHARS) add(c);
const tok = (s: string) => add(encode(s)); // a token with this text
const EOT = add("<|im_end|>", CONTROL);
const BOT = add("<|im_start|>", CONTROL);
const PAD = add("<|endoftext|>", CONTROL);
const THINK = add("<think>", USER);
const UNTHINK = add("</think>", USER);
const CALL = add("<tool_call>", USER);
const UNCALL = add("</tool_call>", USER);
const RESULT = add("<tool_response>", USER);
add("</tool_response>", USER);
const CALL2 = add(encode("\n<tool_call>\n{"));

// ---- the table: B[from][to], and M[mode][to] added while that mode is on ----
const B = new Map<number, Map<number, number>>();
const M = new Map<string, Map<number, number>>();
const put = <K>(t: Map<K, Map<number, number>>, k: K, to: number, v: number) =>
  void (t.get(k) ?? t.set(k, new Map()).get(k)!).set(to, v);
const EDGE = 60;
const START = 24;
const SCALE = 60; // so large that the temperature does not matter
const said = new Set<number>();
// A chain says its words in order. A token can have one successor only, so a word that another chain
// already uses is glued to the word after it.
const chain = (...parts: (string | number)[]): number => {
  const ids: number[] = [];
  for (const p of parts) {
    if (typeof p === "number") {
      ids.push(p);
      continue;
    }
    let glued = "";
    for (const w of p.match(/\s*\S+|\s+/g) ?? []) {
      glued += w;
      if (said.has(tok(glued))) continue;
      ids.push(tok(glued));
      said.add(tok(glued));
      glued = "";
    }
    if (glued) throw new Error(`"${p}" ends with words of another chain`);
  }
  ids.forEach((id, i) => i + 1 < ids.length && put(B, id, ids[i + 1]!, EDGE));
  if (ids.at(-1) === EOT && ids.at(-2) !== UNCALL) put(B, ids.at(-2)!, CALL, EDGE - 20); // where a call is required
  return ids[0]!;
};
const text = chain("Hello! This is a tiny model speaking from llama-server.", EOT);
const answer = chain("The tool has answered, so nothing is left to do.", EOT);
const byte = (b: number) => idOf.get(BYTE_CHARS[b]!)!;
const utf8 = chain(
  "Grüße aus Köln, 日本語 plus emoji in bytes: ",
  byte(0xf0),
  byte(0x9f),
  byte(0x98),
  byte(0x80),
  " ok.",
  EOT,
);
chain(THINK, "\nOkay: think about what was asked, step", tok(" by step.\n"), UNTHINK, tok("\n\n"));
const look = chain("Let me look that up.", CALL);
chain(
  CALL,
  "\n{",
  '"name":',
  ' "exec_command",',
  ' "arguments":',
  ' {"cmd":',
  ' "echo hello"',
  tok("}}\n"),
  UNCALL,
  EOT,
);
const long = chain(" tick", " tock");
put(B, tok(" tock"), long, EDGE);

const ch = (c: string) => byte(c.charCodeAt(0));
const prefer = (from: string, list: (string | number)[], top = 28) =>
  list.forEach((to, i) => put(B, ch(from), typeof to === "number" ? to : tok(to), top - i * 3.5));
const NAMES = ["exec_command", "shell", "get_weather", "apply_patch", "read_file", "search"];
const patch = tok("*** Begin Patch\\n*** Add File: hello.txt\\n+hello\\n*** End Patch\\n");
prefer('"', ["echo hello", patch, ...NAMES, ":", "}", "]", ",", '"'], 56);
prefer("{", ["}", '"']);
prefer("}", ["}", "]", EOT, "\n", ","]);
prefer("]", ["}", "]", ",", EOT]);
prefer("[", ['"', "{", "1", "]"]);
prefer(":", [" ", '"', "{", "["]);
prefer(",", [" ", '"']);
prefer(" ", ['"', "{", "[", "1", "t", "}"]);
for (const d of "0123456789") prefer(d, ["}", "]", ",", '"'], 24);
for (const c of "abcdefghijklmnopqrstuvwxyz_") prefer(c, ['"', "}", ",", "]"], 20);
for (const n of [...NAMES, "echo hello"]) put(B, tok(n), ch('"'), EDGE);
chain(
  tok(' "apply_patch",'),
  tok(' "arguments": {"input":'),
  tok(' "*** Begin Patch\\n*** Add File: hello.txt\\n+hello\\n*** End Patch\\n"'),
  tok("}}\n"),
);
put(B, patch, ch('"'), EDGE);
put(B, UNCALL, CALL2, EDGE - 4);
put(B, tok('"name":'), tok(' "apply_patch",'), EDGE - 2);
put(B, tok(' "arguments":'), ch(" "), EDGE - 10);
put(B, CALL2, tok('"name":'), EDGE);
put(B, ch(">"), EOT, EDGE - 30); // the end of a </tool_call> that a grammar spelled out
put(B, ch(">"), CALL2, EDGE - 34);
put(B, tok("\n\n"), THINK, -EDGE);

const mode = (name: string, ...starts: number[]) => starts.forEach((id, i) => put(M, name, id, START - 2 * i));
mode("text", text);
mode("answer", answer);
mode("utf8", utf8);
mode("long", long);
mode("empty", EOT);
mode("tool", CALL);
mode("texttool", look);
mode("think", THINK);
mode("thinktool", THINK, CALL);
mode("two", CALL);
put(M, "two", CALL2, 20);
mode("patch", CALL);
put(M, "patch", patch, 8);
put(M, "patch", tok("apply_patch"), 3);
put(M, "patch", tok(' "apply_patch",'), 5);
const modes = [...M.keys()];
if (modes.length > HEAD) throw new Error("too many modes");

// A marker switches its mode on for everything after it; the strongest one in the context wins.
const markers = new Map<number, { mode: string; key: number }>();
for (const m of modes) {
  markers.set(add(`[[${m}]]`, USER), { mode: m, key: 1 }); // typed by a user, for templates other than ours
  const go = add(`<|${m}|>`, CONTROL); // written by our template at the end of the prompt
  markers.set(go, { mode: m, key: 2 });
}
markers.set(RESULT, { mode: "answer", key: 1.3 });
markers.set(CALL2, { mode: "tool", key: 2.5 }); // the second call of two is the last
for (const merge of merges) add(merge.replace(" ", ""));

// ---- the matrices ----
// Residual: [0] always 1, [1..modes] the mode that is on, then one place per token that has a row in B.
const rows = [...new Set([...B.keys(), ...markers.keys()])];
const D = Math.ceil((2 + modes.length + rows.length) / 32) * 32;
const V = tokens.length;
const place = new Map(rows.map((id, i) => [id, 1 + modes.length + i]));
// RMS norm's factor for 2 and 3 ones.
const norm2 = Math.sqrt(D / 2);
const norm3 = Math.sqrt(D / 3);
const zeros = (n: number) => new Float32Array(n);
const ones = (n: number) => new Float32Array(n).fill(1);
const embd = zeros(D * V);
const head = zeros(D * V);
for (let id = 0; id < V; id++) {
  embd[id * D] = 1;
  embd[id * D + (place.get(id) ?? D - 1)] = 1;
}
const set = (to: number, dim: number, v: number) => void (head[to * D + dim] = (v * SCALE) / norm3);
for (const [from, m] of B) for (const [to, v] of m) set(to, place.get(from)!, v);
for (const [name, m] of M) for (const [to, v] of m) set(to, 1 + modes.indexOf(name), v);
// Where a grammar leaves a choice that no row above settles: single bytes before longer pieces, and
// among them what opens something before what only adds space or another item.
for (let b = 33; b < 256; b++) set(byte(b), 0, b === 44 ? 0 : b === 60 ? 5 : b === 123 ? 6 : 4 - b / 50);
set(EOT, 0, 7);
set(text, 0, 8);
const q = zeros(D * HEAD);
const k = zeros(D * HEAD);
const v = zeros(D * HEAD);
const o = zeros(HEAD * D);
const SLOW = HEAD - 2; // the last pair turns slowest, so the distance does not matter
q[SLOW * D] = 1 / norm2;
for (const [id, m] of markers) {
  k[SLOW * D + place.get(id)!] = (60 * m.key * Math.sqrt(HEAD)) / norm2;
  v[modes.indexOf(m.mode) * D + place.get(id)!] = 1 / norm2;
}
modes.forEach((_, i) => void (o[(1 + i) * HEAD + i] = 1));

// ---- the file ----
const metadata = {
  "general.architecture": string("llama"),
  "general.name": string("tiny-scripted"),
  "llama.vocab_size": u32(V),
  "llama.context_length": u32(CONTEXT_TOKENS),
  "llama.embedding_length": u32(D),
  "llama.block_count": u32(1),
  "llama.feed_forward_length": u32(FEED_FORWARD),
  "llama.attention.head_count": u32(1),
  "llama.attention.head_count_kv": u32(1),
  "llama.attention.key_length": u32(HEAD),
  "llama.attention.value_length": u32(HEAD),
  "llama.attention.layer_norm_rms_epsilon": f32(1e-6),
  "llama.rope.dimension_count": u32(HEAD),
  "llama.rope.freq_base": f32(1e12),
  "tokenizer.ggml.model": string("gpt2"),
  "tokenizer.ggml.pre": string("qwen2"),
  "tokenizer.ggml.tokens": strings(tokens),
  "tokenizer.ggml.token_type": i32s(types),
  "tokenizer.ggml.merges": strings(merges),
  "tokenizer.ggml.bos_token_id": u32(BOT),
  "tokenizer.ggml.eos_token_id": u32(EOT),
  "tokenizer.ggml.padding_token_id": u32(PAD),
  "tokenizer.ggml.add_bos_token": bool(false),
  "tokenizer.chat_template": string(chatTemplate(modes)),
};
const file = ggufFile(metadata, [
  { name: "token_embd.weight", dims: [D, V], data: embd },
  { name: "output_norm.weight", dims: [D], data: ones(D) },
  { name: "output.weight", dims: [D, V], data: head },
  { name: "blk.0.attn_norm.weight", dims: [D], data: ones(D) },
  { name: "blk.0.attn_q.weight", dims: [D, HEAD], data: q },
  { name: "blk.0.attn_k.weight", dims: [D, HEAD], data: k },
  { name: "blk.0.attn_v.weight", dims: [D, HEAD], data: v },
  { name: "blk.0.attn_output.weight", dims: [HEAD, D], data: o },
  { name: "blk.0.ffn_norm.weight", dims: [D], data: ones(D) },
  { name: "blk.0.ffn_gate.weight", dims: [D, FEED_FORWARD], data: zeros(D * FEED_FORWARD) },
  { name: "blk.0.ffn_up.weight", dims: [D, FEED_FORWARD], data: zeros(D * FEED_FORWARD) },
  { name: "blk.0.ffn_down.weight", dims: [FEED_FORWARD, D], data: zeros(FEED_FORWARD * D) },
]);
writeFileSync(out, file);
console.log(
  `${out}: ${(file.length / 1e6).toFixed(1)} MB, ${V} tokens (${merges.length} merges), modes ${modes.join(" ")}`,
);
