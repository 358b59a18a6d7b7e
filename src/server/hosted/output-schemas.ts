/** What a tool of an MCP server answers is checked against the schema that its server gave, within a budget of steps. */
import type { jsonSchemaValidator, JsonSchemaValidator } from "@modelcontextprotocol/client";
import { SchemaCheck } from "../../core/schema/check.ts";
import { WorkBudget } from "../../core/work-budget.ts";

/** For all calls of one connection: some hundredths of a second. */
const STEPS = 1_000_000;

/** What cannot be found out within the budget, or by such a schema, is taken as it came. */
export function outputSchemas(steps = STEPS): jsonSchemaValidator {
  const budget = new WorkBudget(steps);
  return {
    getValidator<T>(schema: unknown): JsonSchemaValidator<T> {
      const check = new SchemaCheck(schema, budget);
      return (output) =>
        check.fit(output) === "breaks"
          ? { valid: false, data: undefined, errorMessage: "it does not fit the schema" }
          : { valid: true, data: output as T, errorMessage: undefined };
    },
  };
}
