import { LOCALE_COOKIE } from '@commerce/contracts/vocabulary/shop-context.ts';

/** What is read of an Accept-Language header. A browser sends a tenth of this; a longer one is somebody's test of us. */
const MAX_HEADER_LENGTH = 512;
const MAX_RANGES = 16;

/** RFC 4647's basic language range, in lower case. */
const RANGE = /^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)$/;
/** RFC 9110's weight: three digits at most after the point. */
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** One language range of a header. */
export interface LanguageRange {
  /** In lower case: `de-at`, or `*`. */
  readonly range: string;
  /** The range's first subtag: `de`, or `*`. */
  readonly language: string;
  /** 0 to 1; 0 is "anything but this". */
  readonly quality: number;
}

/** The locales of a host: at least one, the default among them. */
export interface HostLocales {
  readonly locales: readonly string[];
  readonly defaultLocale: string;
}

/**
 * Reads an Accept-Language header (RFC 9110, 12.5.4). A part that is not a language range with at most a weight is
 * left out, and so is all that is past the first 512 characters or 16 parts.
 */
export function parseAcceptLanguage(header: string): readonly LanguageRange[] {
  const ranges: LanguageRange[] = [];
  for (const part of partsOf(header)) {
    const [range = '', weight, ...more] = part.split(';', 3).map((piece) => piece.trim());
    const quality = weight === undefined ? 1 : weightOf(weight);
    if (more.length > 0 || quality === null || !RANGE.test(range)) continue;
    ranges.push({ range, language: languageOf(range), quality });
  }
  return ranges;
}

/** A header that is cut loses its last part too, which the cut may have made into another one. */
function partsOf(header: string): readonly string[] {
  const parts = header
    .slice(0, MAX_HEADER_LENGTH)
    .toLowerCase()
    .split(',', MAX_RANGES + 1);
  if (header.length > MAX_HEADER_LENGTH || parts.length > MAX_RANGES) parts.pop();
  return parts;
}

function weightOf(text: string): number | null {
  const found = WEIGHT.exec(text);
  return found === null ? null : Number(found[1]);
}

/**
 * The locale for a path that names none: the buyer's own choice where the host has it, else what suits the browser's
 * languages best, else the default.
 */
export function chooseLocale(
  { cookie, acceptLanguage }: { cookie: string | null; acceptLanguage: string | null },
  host: HostLocales,
): string {
  if (host.locales.length === 1) return host.defaultLocale;
  return (
    localeOfCookie(cookie, host.locales) ??
    (acceptLanguage === null ? null : matchLanguage(parseAcceptLanguage(acceptLanguage), host)) ??
    host.defaultLocale
  );
}

function localeOfCookie(header: string | null, locales: readonly string[]): string | null {
  if (header?.includes(LOCALE_COOKIE) !== true) return null;
  for (const part of header.split(';')) {
    const [name, value, ...more] = part.split('=');
    if (name?.trim() !== LOCALE_COOKIE || value === undefined || more.length > 0) continue;
    if (locales.includes(value.trim())) return value.trim();
  }
  return null;
}

/**
 * The locale that suits a list of ranges best, or null where none is wanted. The language is settled first, so that
 * `de-AT, en;q=0.5` is shown German as Germans write it rather than English; then the region, where a locale that is
 * asked for (`de-de`, or `de` for all of them) goes before one that only shares the language.
 */
export function matchLanguage(ranges: readonly LanguageRange[], host: HostLocales): string | null {
  let best: Suitability | null = null;
  for (const tagged of tagsOf(host.locales)) {
    const suits = suitability(tagged, ranges);
    if (suits === null) continue;
    if (best === null || isBetter(suits, best, host.defaultLocale)) best = suits;
  }
  return best?.locale ?? null;
}

interface Suitability {
  readonly locale: string;
  /** The weight of the language, or of `*` where no range names it. */
  readonly languageQuality: number;
  /** Where in the header that weight stands: among equals the first is preferred. */
  readonly position: number;
  /** The weight of the closest range that asks for this locale; 0 where none does and only the language is shared. */
  readonly quality: number;
  /** How close that range is, as `closenessOf` counts. */
  readonly closeness: number;
}

interface TaggedLocale {
  readonly locale: string;
  /** In lower case. */
  readonly tag: string;
  readonly language: string;
}

/** A mapping is asked for as long as it is in memory: its locales are taken apart once. */
const tagsByLocales = new WeakMap<readonly string[], readonly TaggedLocale[]>();

function tagsOf(locales: readonly string[]): readonly TaggedLocale[] {
  const known = tagsByLocales.get(locales);
  if (known !== undefined) return known;
  const tags = locales.map((locale) => {
    const tag = locale.toLowerCase();
    return { locale, tag, language: languageOf(tag) };
  });
  tagsByLocales.set(locales, tags);
  return tags;
}

/** Null for a locale that is not wanted: nothing asks for its language, or the closest range refuses it. */
function suitability(
  { locale, tag, language }: TaggedLocale,
  ranges: readonly LanguageRange[],
): Suitability | null {
  // No range names most of a host's many languages: they are done with here.
  const named = ranges.some((one) => one.language === language);
  if (!named && !ranges.some((one) => one.range === '*')) return null;
  const meant = named ? language : '*';
  let [languageQuality, position, quality, closeness] = [0, 0, 0, 0];
  for (const [index, one] of ranges.entries()) {
    if (one.language !== meant) continue;
    if (one.quality > languageQuality) [languageQuality, position] = [one.quality, index];
    const close = closenessOf(one, tag);
    if (close > closeness) [closeness, quality] = [close, one.quality];
  }
  const refused = closeness > 0 && quality === 0;
  if (languageQuality === 0 || refused) return null;
  return { locale, languageQuality, position, quality, closeness };
}

/**
 * How closely a range asks for a locale: `de-de` for `de-DE` most, then `de`, then `*`; 0 where it does not. `de-at`
 * asks for `de` too (RFC 4647's lookup), since a shop's plain `de` is for all of them; but `de-at;q=0` does not refuse it.
 */
function closenessOf({ range, quality }: LanguageRange, tag: string): number {
  if (range === '*') return 1;
  if (range === tag) return range.length + 0.5;
  if (tag.startsWith(`${range}-`)) return range.length;
  return quality > 0 && range.startsWith(`${tag}-`) ? tag.length - 0.5 : 0;
}

function isBetter(one: Suitability, other: Suitability, defaultLocale: string): boolean {
  const difference =
    one.languageQuality - other.languageQuality ||
    other.position - one.position ||
    one.quality - other.quality ||
    one.closeness - other.closeness;
  return difference > 0 || (difference === 0 && one.locale === defaultLocale);
}

function languageOf(tag: string): string {
  const end = tag.indexOf('-');
  return end < 0 ? tag : tag.slice(0, end);
}

/** What the first segment of a path says of the locale. */
export type PathLocale =
  | { readonly kind: 'none' }
  | { readonly kind: 'exact'; readonly locale: string }
  /** A locale of the host in another case, or without the slash after it: `path` is what it should be. */
  | { readonly kind: 'misspelt'; readonly path: string };

/** Whether a path lies under one of the host's locales: `/en-IE/cart`. Compared as sent, without decoding. */
export function localeOfPath(pathname: string, locales: readonly string[]): PathLocale {
  const end = pathname.indexOf('/', 1);
  const segment = end < 0 ? pathname.slice(1) : pathname.slice(1, end);
  if (end > 0 && locales.includes(segment)) return { kind: 'exact', locale: segment };
  const lower = segment.toLowerCase();
  const locale = locales.find((one) => one.toLowerCase() === lower);
  if (locale === undefined) return { kind: 'none' };
  return { kind: 'misspelt', path: `/${locale}${end < 0 ? '/' : pathname.slice(end)}` };
}
