/** Text for a bug report. Pure; it must hold no secret, because people paste it in public. */
import type { Status } from './tray.ts'
import { workSentence } from './say-work.ts'

export interface Facts {
  version: string
  /** Names and versions: Electron, Chromium, Node, system. */
  about: Record<string, string>
  status: Status | null
  /** End of the log. */
  log: string
}

export function diagnostics(
  { version, about, status, log }: Facts,
  secrets: readonly string[],
  home: string,
): string {
  const lines = [
    `bty console ${version}`,
    ...Object.entries(about).map(([name, value]) => `${name}: ${value}`),
    ...(status === null
      ? ['server: not running']
      : [
          `addresses: ${status.urls.join(' ')}`,
          `network boot: ${status.netboot.state} ${status.netboot.detail}`.trimEnd(),
          `work: ${workSentence(status.work) || 'none'}`,
        ]),
    '',
    log,
  ]
  return withoutSecrets(lines.join('\n'), secrets, home)
}

/** Shorter ones would blot out half of the text; the rules below catch where they usually stand. */
const LEAST_SECRET_CHARS = 4

const RULES: [pattern: RegExp, instead: string][] = [
  [/\b(https?|oras):\/\/[^\s/@]+@/gi, '$1://(removed)@'],
  [
    /\b(password|passwd|secret|token|authorization|cookie|api[-_]?key|bty-token|sig(?:nature)?|x-amz-[a-z-]+)(["']?\s*[=:]\s*["']?)(?:(?:basic|bearer)\s+)?[^\s"'&,;]+/gi,
    '$1$2(removed)',
  ],
  [/\b(basic|bearer)\s+[a-z0-9+/=._~-]{8,}/gi, '$1 (removed)'],
]

/** `secrets` wherever they stand, what looks like one, and the operator's name in paths. */
export function withoutSecrets(text: string, secrets: readonly string[], home: string): string {
  const known = secrets.filter((secret) => secret.length >= LEAST_SECRET_CHARS)
  const plain = known
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '(removed)'), text)
  const ruled = RULES.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), plain)
  return home.length > 1 ? ruled.replaceAll(home, '~') : ruled
}
