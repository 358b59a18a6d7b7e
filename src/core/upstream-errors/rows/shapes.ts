/** The bodies in which samples were seen. */

interface Named {
  type?: string | null;
  code?: string | number | null;
  param?: string | null;
}

/** OpenAI's, and that of most others. */
export const openai = (message: string, { type = "invalid_request_error", code = null, param = null }: Named = {}) => ({
  error: { message, type, param, code },
});

/** The same without its frame: Mistral, Cerebras, SGLang. */
export const flat = (message: string, { type = "BadRequestError", code = 400, param = null }: Named = {}) => ({
  object: "error",
  message,
  type,
  param,
  code,
});

/** llama-server's, which may name numbers beside the words. */
export const llama = (code: number, type: string, message: string, more: object = {}) => ({
  error: { code, message, type, ...more },
});

export const anthropic = (message: string, type = "invalid_request_error") => ({
  type: "error",
  error: { type, message },
  request_id: "req_011CV",
});

/** Google's comes as a list of one. */
export const google = (code: number, status: string, message: string, details?: object[]) => [
  { error: { code, message, status, ...(details && { details }) } },
];

/** FastAPI's, with pydantic's list of what is wrong. */
export const pydantic = (type: string, loc: (string | number)[], msg: string, input?: unknown) => ({
  detail: [{ type, loc, msg, ...(input !== undefined && { input }) }],
});

/** NVIDIA NIM's problem+json. */
export const problem = (status: number, title: string, detail: string) => ({ status, title, detail });
