// tiny-gguf: writes a llama-architecture GGUF of about 2 MB whose weights are set by hand, so that a
// real llama-server answers predictably. No training and no download: the weights are a "next token"
// table (embedding and output matrix) plus one attention head that looks for a mode marker.
//
//   node tiny-gguf.ts OUT.gguf [text files to learn word pieces from ...]
//
// The mode is the last [[name]] in the newest user message (the chat template finds it), e.g.
//   [[text]] [[long]] [[utf8]] [[think]] [[tool]] [[texttool]] [[thinktool]] [[two]] [[patch]] [[empty]]
// Without one: a tool call where tools are offered, otherwise text; after a tool result: a closing text.
// Every answer ends by itself except [[long]]. Under a grammar (json_schema, tool calls) the table
// prefers what closes strings, objects and arrays soonest, so the JSON is short, valid and the same
// every time, at any temperature.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [out, ...corpus] = process.argv.slice(2);
if (!out) throw new Error("usage: tiny-gguf OUT.gguf [text files...]");
const MERGES = 2000,
  CTX = 131072,
  HEAD = 32;

// ---- byte-level alphabet (the printable stand-ins that byte-level BPE vocabularies use) ----
const byteChar: string[] = [];
for (let b = 0, n = 256; b < 256; b++) {
  const printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  byteChar[b] = String.fromCodePoint(printable ? b : n++);
}
const enc = (s: string) => Array.from(Buffer.from(s, "utf8"), (b) => byteChar[b]).join("");

// ---- learn merges, so that long prompts do not cost one token per byte ----
const self = fileURLToPath(import.meta.url);
const split =
  /'(?:[sdmt]|re|ve|ll)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/giu;
const counts = new Map<string, number>();
for (const f of corpus.length ? corpus : [self])
  for (const w of readFileSync(f, "utf8").match(split) ?? []) counts.set(w, (counts.get(w) ?? 0) + 1);
const words = [...counts].map(([w, n]) => ({ n, p: Array.from(enc(w)) }));
const merges: string[] = [],
  merged: string[] = [],
  seen = new Set(byteChar);
while (merges.length < MERGES) {
  const pairs = new Map<string, number>();
  for (const { n, p } of words)
    for (let i = 0; i + 1 < p.length; i++) {
      const k = p[i] + " " + p[i + 1];
      pairs.set(k, (pairs.get(k) ?? 0) + n);
    }
  let best = "",
    most = 1;
  for (const [k, n] of pairs) if (n > most) [best, most] = [k, n];
  if (!best) break;
  const [a, b] = best.split(" ") as [string, string];
  merges.push(best);
  if (!seen.has(a + b)) {
    seen.add(a + b);
    merged.push(a + b);
  }
  for (const w of words) {
    for (let i = 0; i + 1 < w.p.length; i++) if (w.p[i] === a && w.p[i + 1] === b) w.p.splice(i, 2, a + b);
  }
}

// ---- vocabulary ----
const NORMAL = 1,
  CONTROL = 3,
  USER = 4;
const tokens: string[] = [],
  types: number[] = [],
  idOf = new Map<string, number>();
const add = (text: string, type = NORMAL): number => {
  const known = idOf.get(text);
  if (known !== undefined) return known;
  idOf.set(text, tokens.length);
  types.push(type);
  return tokens.push(text) - 1;
};
for (const c of byteChar) add(c);
const tok = (s: string) => add(enc(s)); // a token with this text
const EOT = add("<|im_end|>", CONTROL),
  BOT = add("<|im_start|>", CONTROL),
  PAD = add("<|endoftext|>", CONTROL);
const THINK = add("<think>", USER),
  UNTHINK = add("</think>", USER);
const CALL = add("<tool_call>", USER),
  UNCALL = add("</tool_call>", USER);
const RESULT = add("<tool_response>", USER);
add("</tool_response>", USER);
const CALL2 = add(enc("\n<tool_call>\n{"));

// ---- the table: B[from][to], and M[mode][to] added while that mode is on ----
const B = new Map<number, Map<number, number>>(),
  M = new Map<string, Map<number, number>>();
const put = <K>(t: Map<K, Map<number, number>>, k: K, to: number, v: number) =>
  void (t.get(k) ?? t.set(k, new Map()).get(k)!).set(to, v);
const EDGE = 60,
  START = 24,
  SCALE = 60; // SCALE: so large that the temperature does not matter
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
const byte = (b: number) => idOf.get(byteChar[b]!)!;
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
for (const m of merged) add(m);

// ---- the matrices ----
// Residual: [0] always 1, [1..modes] the mode that is on, then one place per token that has a row in B.
const rows = [...new Set([...B.keys(), ...markers.keys()])];
const D = Math.ceil((2 + modes.length + rows.length) / 32) * 32,
  V = tokens.length;
const place = new Map(rows.map((id, i) => [id, 1 + modes.length + i]));
const norm2 = Math.sqrt(D / 2),
  norm3 = Math.sqrt(D / 3); // RMS norm's factor for 2 and 3 ones
const embd = new Float32Array(D * V),
  head = new Float32Array(D * V),
  zeros = (n: number) => new Float32Array(n);
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
const q = zeros(D * HEAD),
  k = zeros(D * HEAD),
  v = zeros(D * HEAD),
  o = zeros(HEAD * D);
const SLOW = HEAD - 2; // the last pair turns slowest, so the distance does not matter
q[SLOW * D] = 1 / norm2;
for (const [id, m] of markers) {
  k[SLOW * D + place.get(id)!] = (60 * m.key * Math.sqrt(HEAD)) / norm2;
  v[modes.indexOf(m.mode) * D + place.get(id)!] = 1 / norm2;
}
modes.forEach((_, i) => void (o[(1 + i) * HEAD + i] = 1));

// ---- chat template: ChatML with <tool_call> JSON and <think>, then the mode marker ----
const template = `{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n\\nYou may call one or more functions. Their signatures, one a line:\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools>\\n\\nFor each call write a JSON object with the function's name and arguments:\\n<tool_call>\\n{\\"name\\": <name>, \\"arguments\\": <arguments>}\\n</tool_call><|im_end|>\\n" }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(mode='') %}
{%- for message in messages %}
    {%- if message.role == 'user' %}
        {{- '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' }}
        {%- set ns.mode = 'tool' if tools else 'text' %}
        {%- for m in ${JSON.stringify(modes)} %}
            {%- if '[[' + m + ']]' in message.content %}{%- set ns.mode = m %}{%- endif %}
        {%- endfor %}
    {%- elif message.role == 'system' and not loop.first %}
        {{- '<|im_start|>system\\n' + message.content + '<|im_end|>\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if message.reasoning_content %}
            {{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}
        {%- endif %}
        {%- if message.content %}
            {{- message.content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for call in message.tool_calls %}
                {%- if not loop.first or message.content %}
                    {{- '\\n' }}
                {%- endif %}
                {{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
                {%- if call.function.arguments is string %}
                    {{- call.function.arguments }}
                {%- else %}
                    {{- call.function.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
        {%- set ns.mode = 'answer' %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if ns.mode %}{{- '<|' + ns.mode + '|>' }}{%- endif %}
{%- endif %}`;

// ---- the GGUF file ----
const parts: Buffer[] = [];
const u32 = (n: number) => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
};
const u64 = (n: number) => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
};
const f32 = (n: number) => {
  const b = Buffer.alloc(4);
  b.writeFloatLE(n);
  return b;
};
const str = (s: string) => {
  const b = Buffer.from(s, "utf8");
  return Buffer.concat([u64(b.length), b]);
};
const T = { u32: 4, i32: 5, f32: 6, bool: 7, str: 8, arr: 9 };
const kvs: Buffer[] = [];
const kv = (key: string, type: number, ...value: Buffer[]) =>
  void kvs.push(Buffer.concat([str(key), u32(type), ...value]));
const arr = (type: number, items: Buffer[]) => Buffer.concat([u32(type), u64(items.length), ...items]);
const A = "llama.";
kv("general.architecture", T.str, str("llama"));
kv("general.name", T.str, str("tiny-scripted"));
kv(A + "vocab_size", T.u32, u32(V));
kv(A + "context_length", T.u32, u32(CTX));
kv(A + "embedding_length", T.u32, u32(D));
kv(A + "block_count", T.u32, u32(1));
kv(A + "feed_forward_length", T.u32, u32(32));
kv(A + "attention.head_count", T.u32, u32(1));
kv(A + "attention.head_count_kv", T.u32, u32(1));
kv(A + "attention.key_length", T.u32, u32(HEAD));
kv(A + "attention.value_length", T.u32, u32(HEAD));
kv(A + "attention.layer_norm_rms_epsilon", T.f32, f32(1e-6));
kv(A + "rope.dimension_count", T.u32, u32(HEAD));
kv(A + "rope.freq_base", T.f32, f32(1e12));
kv("tokenizer.ggml.model", T.str, str("gpt2"));
kv("tokenizer.ggml.pre", T.str, str("qwen2"));
kv("tokenizer.ggml.tokens", T.arr, arr(T.str, tokens.map(str)));
kv("tokenizer.ggml.token_type", T.arr, arr(T.i32, types.map(u32)));
kv("tokenizer.ggml.merges", T.arr, arr(T.str, merges.map(str)));
kv("tokenizer.ggml.bos_token_id", T.u32, u32(BOT));
kv("tokenizer.ggml.eos_token_id", T.u32, u32(EOT));
kv("tokenizer.ggml.padding_token_id", T.u32, u32(PAD));
kv("tokenizer.ggml.add_bos_token", T.bool, Buffer.from([0]));
kv("tokenizer.chat_template", T.str, str(template));
const ones = (n: number) => new Float32Array(n).fill(1);
const tensors: [string, number[], Float32Array][] = [
  ["token_embd.weight", [D, V], embd],
  ["output_norm.weight", [D], ones(D)],
  ["output.weight", [D, V], head],
  ["blk.0.attn_norm.weight", [D], ones(D)],
  ["blk.0.attn_q.weight", [D, HEAD], q],
  ["blk.0.attn_k.weight", [D, HEAD], k],
  ["blk.0.attn_v.weight", [D, HEAD], v],
  ["blk.0.attn_output.weight", [HEAD, D], o],
  ["blk.0.ffn_norm.weight", [D], ones(D)],
  ["blk.0.ffn_gate.weight", [D, 32], zeros(D * 32)],
  ["blk.0.ffn_up.weight", [D, 32], zeros(D * 32)],
  ["blk.0.ffn_down.weight", [32, D], zeros(32 * D)],
];
parts.push(Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(kvs.length), ...kvs);
let at = 0;
for (const [name, dims, data] of tensors) {
  parts.push(str(name), u32(dims.length), ...dims.map(u64), u32(0), u64(at));
  at += Math.ceil(data.byteLength / 32) * 32;
}
const pad = (n: number) => Buffer.alloc((32 - (n % 32)) % 32);
parts.push(pad(parts.reduce((n, p) => n + p.length, 0)));
for (const [, , data] of tensors) parts.push(Buffer.from(data.buffer), pad(data.byteLength));
const file = Buffer.concat(parts);
writeFileSync(out, file);
console.log(
  `${out}: ${(file.length / 1e6).toFixed(1)} MB, ${V} tokens (${merges.length} merges), width ${D}, modes ${modes.join(" ")}`,
);
