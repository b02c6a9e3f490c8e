// Texts: trimmed NFC, small letters and words by written tables, patterns walked sign by sign.
export const normal = (text) => text.normalize("NFC").trim();
export const signs = (text) => Array.from(text, (sign) => sign.codePointAt(0));
const within = (code, spans) => spans.some(([lo, hi]) => lo <= code && code <= hi);
const WORD = [[48, 57], [65, 90], [97, 122], [0xc0, 0x24f], [0x370, 0x52f]];
const UPPER = [[65, 90], [0xc0, 0xde], [0x410, 0x42f]];
const isWord = (code) => code !== 0xd7 && code !== 0xf7 && within(code, WORD);
const small = (code) => code + (code >= 0x400 && code < 0x410 ? 80 : isWord(code) && within(code, UPPER) ? 32 : 0);
export const lower = (text) => String.fromCodePoint(...signs(text).map(small));

export function containsWord(text, ...words) {
  const found = lower(text);
  return words.map(lower).some((word) => {
    const joins = (i, j) => isWord(word.charCodeAt(i)) && isWord(found.charCodeAt(j));
    for (let at = found.indexOf(word); at >= 0; at = found.indexOf(word, at + 1)) {
      if (!joins(0, at - 1) && !joins(word.length - 1, at + word.length)) return true;
    }
    return false;
  });
}
function after(codes, places, [negated, spans, least, most]) { // where the text may have been read up to
  const runs = [...codes.map((code) => +(within(code, spans) !== negated)), 0];
  for (let i = codes.length - 1; i >= 0; i -= 1) runs[i] *= runs[i + 1] + 1;
  const steps = Array(codes.length + 2).fill(0);
  for (const place of places) {
    const reach = Math.min(runs[place], most ?? Infinity);
    if (reach >= least) steps[place + least] += 1;
    if (reach >= least) steps[place + reach + 1] -= 1;
  }
  let open = 0;
  return [...runs.keys()].filter((place) => (open += steps[place]));
}
export function matches(text, alternatives) {
  const codes = signs(text);
  const ends = (units) => units.reduce((places, unit) => after(codes, places, unit), [0]);
  return alternatives.some((units) => ends(units).includes(codes.length));
}
