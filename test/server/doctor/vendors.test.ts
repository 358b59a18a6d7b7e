/** Doctor examines every host that is known, played by its rules: what it tells is a text that a reviewer reads. */
import { describe, expect, test } from "bun:test";
import type { Vendor } from "../../support/simulator/types.ts";
import { VENDORS } from "../../support/simulator/vendors/index.ts";
import { golden } from "../../support/golden.ts";
import { keyOf, obliging, visit } from "./patient.ts";

describe.each(VENDORS.map((vendor) => [vendor.id, vendor] as const))("%s", (id, vendor) => {
  test("a model that does what it is asked", async () => {
    await using simulator = obliging(vendor);
    const { text, report } = await visit(simulator.url, {
      preset: vendor.preset,
      ...keyOf(vendor),
      more: factsOf(vendor),
    });
    golden(`doctor/vendors/${id}.txt`, text);
    // What a host would have lost in silence is no host's fault, but that of who asks.
    expect(simulator.losses).toEqual([]);
    const [profile] = report.profiles;
    expect(profile).toMatchObject({ answers: true, streams: true, calls: "yes", round_trip: true });
  });
});

/** What the host itself would tell of its model, where that is a dialect. */
function factsOf({ model, facts }: Vendor): string {
  if (!facts?.dialect) return "";
  const flags = Object.entries(facts.dialect).map(([flag, value]) => `${flag} = ${JSON.stringify(value)}`);
  return `[models."${model}"]\nprovider = "host"\nmodel = "${model}"\ndialect = { ${flags.join(", ")} }\n`;
}
