/** Reads what an error answer says. */

const MAX_ERROR_CHARACTERS = 64 * 1024;
const ERROR_BODY_MS = 2000;

/** What an error answer says. A host that goes on for ever, or stops in the middle, is not waited for. */
export async function errorText(reply: Response): Promise<string> {
  const reader = reply.body?.getReader();
  if (!reader) return "";
  const leave = (): void => void reader.cancel().catch(() => {});
  const timer = setTimeout(leave, ERROR_BODY_MS);
  const utf8 = new TextDecoder();
  let text = "";
  try {
    while (text.length < MAX_ERROR_CHARACTERS) {
      const { value, done } = await reader.read();
      if (done) break;
      text += utf8.decode(value, { stream: true });
    }
  } catch {
    // Half of it tells more than nothing.
  }
  clearTimeout(timer);
  leave();
  return text;
}
