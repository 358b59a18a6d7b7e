/** Tools that the API knows by a type alone: Claude has learnt their schemas, other models are given them. */
import type { Tool } from "../../../core/turn.ts";

type Schema = Record<string, unknown>;
type Known = Pick<Tool, "description"> & { parameters: Schema };

const string = (description: string): Schema => ({ type: "string", description });
const line = { type: "integer", description: "For insert: the line after which the text goes; 0 for the beginning." };
const range = {
  type: "array",
  items: { type: "integer" },
  description: "For view, optional: first and last line to show, counted from 1; -1 for the last line of the file.",
};

function object(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}

const BASH: Known = {
  description:
    "Runs a command in a bash session that stays open from call to call. With `restart` the session is begun anew.",
  parameters: object({
    command: string("The command to run."),
    restart: { type: "boolean", description: "True to begin the session anew, instead of a command." },
  }),
};

/** `insert_text` is the newer name of what older versions call `new_str`. */
function editor(version: string): Known {
  const undo = version < "20250429";
  return {
    description: "Views, creates and edits text files.",
    parameters: object(
      {
        command: { type: "string", enum: ["view", "create", "str_replace", "insert", ...(undo ? ["undo_edit"] : [])] },
        path: string("The file, or for view also a folder."),
        view_range: range,
        file_text: string("For create: the whole text of the file."),
        old_str: string("For str_replace: the text to replace; it must stand in the file exactly once."),
        new_str: string(`For str_replace: what takes its place.${undo ? " For insert: the text to insert." : ""}`),
        insert_line: line,
        ...(!undo && { insert_text: string("For insert: the text to insert.") }),
      },
      ["command", "path"],
    ),
  };
}

const MEMORY: Known = {
  description: "Keeps notes in files below /memories, which are there again in later conversations.",
  parameters: object(
    {
      command: { type: "string", enum: ["view", "create", "str_replace", "insert", "delete", "rename"] },
      path: string("The file or folder; for all commands but rename."),
      view_range: range,
      file_text: string("For create: the whole text of the file."),
      old_str: string("For str_replace: the text to replace; it must stand in the file exactly once."),
      new_str: string("For str_replace: what takes its place."),
      insert_line: line,
      insert_text: string("For insert: the text to insert."),
      old_path: string("For rename: the present path."),
      new_path: string("For rename: the new path."),
    },
    ["command"],
  ),
};

/** Undefined for a type that the client does not run, or that needs a model made for it. */
export function knownTool(type: string): Known | undefined {
  const [, kind, version = ""] = /^(bash|text_editor|memory)_(\d{8})$/.exec(type) ?? [];
  switch (kind) {
    case "bash":
      return BASH;
    case "text_editor":
      return editor(version);
    case "memory":
      return MEMORY;
    default:
      return undefined;
  }
}
