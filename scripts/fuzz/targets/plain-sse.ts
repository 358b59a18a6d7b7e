/** Server-sent events as their specification reads them, line by line and with the whole text at hand: to compare with. */

export function payloadsIn(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  const unended = lines.pop() ?? "";
  const payloads: string[] = [];
  let data: string[] = [];
  const read = (line: string): void => {
    if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    // Two liberties of ours: a bare JSON object counts, and so does a last line that is whole without its end.
    else if (line.startsWith("{")) payloads.push(line);
    else if (line === "") {
      if (data.length > 0) payloads.push(data.join("\n"));
      data = [];
    }
  };
  for (const line of lines) read(line);
  if (unended !== "" && saysAll(unended)) read(unended);
  read("");
  return payloads;
}

function saysAll(line: string): boolean {
  const said = line.startsWith("data:") ? line.slice(5).trim() : line.trim();
  if (said === "[DONE]") return true;
  try {
    JSON.parse(said);
    return true;
  } catch {
    return false;
  }
}
