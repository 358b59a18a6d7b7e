import { describe, expect, test } from "bun:test";
import { networkOf } from "../../src/core/addresses.ts";

describe("whose an address is", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["::FFFF:0A01:0203", "10.1.2.3"],
    ["0:0:0:0:0:ffff:10.1.2.3", "10.1.2.3"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["fe80::1%a::b", "fe80:0:0:0::/64"],
    ["64:ff9b::10.1.2.3", "64:ff9b:0:0::/64"],
    ["1::2::3", "1:0:0:0::/64"],
    ["", ""],
    ["no address", "no address"],
  ])("%p is of %p", (address, network) => expect(networkOf(address)).toBe(network));

  test("neighbours of 64 bits are one, others are not", () => {
    const same = Array.from({ length: 50 }, (_, i) => networkOf(`2001:db8:a:b:${i.toString(16)}::${i}`));
    expect(new Set(same).size).toBe(1);
    expect(networkOf("2001:db8:a:c::1")).not.toBe(same[0]);
  });
});
