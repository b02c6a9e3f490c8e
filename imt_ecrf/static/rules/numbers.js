// Exact numbers: pairs of BigInt in lowest terms, cut roots; knows no item.
export class Stopped extends Error {} // X01
const BIG = 10n ** 199n;
const CUT = 10n ** 12n;
const size = (n) => (n < 0n ? -n : n);

export function ratio(n, d = 1n) {
  let [a, b] = [size(n), size(d)];
  while (b) [a, b] = [b, a % b];
  if (d < 0n) a = -a;
  return { n: n / a, d: d / a };
}
export const whole = (number) => ({ n: BigInt(number), d: 1n });
export function parse(text) {
  if (text.length > 40 || !/^-?\d+(\.\d+)?$/.test(text)) return null;
  const [left, right = ""] = text.split(".");
  return ratio(BigInt(left + right), 10n ** BigInt(right.length));
}
export const share = (text) => ratio(...text.split("/").map(BigInt)); // "5/9"
export function bounded(x) {
  if (x && (size(x.n) >= BIG || x.d >= BIG)) throw new Stopped();
  return x;
}
export const order = (a, b) => a.n * b.d - b.n * a.d;
export const minus = (a) => ({ n: -a.n, d: a.d });
export const plus = (a, b) => ratio(a.n * b.d + b.n * a.d, a.d * b.d);
export const times = (a, b) => ratio(a.n * b.n, a.d * b.d);
export const over = (a, b) => (b.n ? ratio(a.n * b.d, a.d * b.n) : null);
export const floor = (a) => whole(a.n / a.d - (a.n % a.d < 0n ? 1n : 0n));
export const ARITHMETIC = {
  "+": plus,
  "-": (a, b) => plus(a, minus(b)),
  "*": times,
  "/": over,
  "%": (a, b) => (b.n ? plus(a, minus(times(b, floor(over(a, b))))) : null),
};
const signed = (a, n, d) => ratio(a.n < 0n ? -n : n, d);
export function round(a, digits = whole(0)) { // half away from zero
  const scale = 10n ** digits.n;
  return signed(a, (2n * size(a.n) * scale + a.d) / (2n * a.d), scale);
}
export function root(a, power) {
  const n = (size(a.n) * CUT ** power) / a.d;
  if (!n) return whole(0);
  let [guess, next] = [0n, 1n << (BigInt(n.toString(2).length) / power + 1n)];
  do [guess, next] = [next, ((power - 1n) * next + n / next ** (power - 1n)) / power]; while (next < guess);
  return signed(a, guess, CUT);
}
export function fixed(a, digits) {
  const { n } = round(times(a, whole(10n ** BigInt(digits))));
  const text = `${size(n)}`.padStart(digits + 1, "0");
  return (n < 0n ? "-" : "") + text.slice(0, text.length - digits) + (digits ? "." + text.slice(-digits) : "");
}
export function exact(a) {
  const digits = [...Array(700).keys()].find((digits) => 10n ** BigInt(digits) % a.d === 0n);
  return digits === undefined ? `${a.n}/${a.d}` : fixed(a, digits);
}
