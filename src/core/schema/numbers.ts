/** Whether numbers of JSON are multiples of one another, as they are written: 0.3 is one of 0.1. */

export function isMultipleOf(value: number, divisor: number): boolean {
  if (!Number.isFinite(value) || !Number.isFinite(divisor) || divisor <= 0) return false;
  if (Number.isInteger(value) && Number.isInteger(divisor)) return value % divisor === 0;
  const [number, by] = [decimalOf(value), decimalOf(divisor)];
  const exponent = Math.min(number.exponent, by.exponent);
  return scaled(number, exponent) % scaled(by, exponent) === 0n;
}

interface Decimal {
  digits: bigint;
  /** Of ten. */
  exponent: number;
}

function decimalOf(value: number): Decimal {
  const [digits = "", exponent = "0"] = Math.abs(value).toString().split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}
