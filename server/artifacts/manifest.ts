/** Names and lower-case digests of a `sha256sum` listing; what is malformed is left out. Pure. */
export function parseManifest(text: string): Map<string, string> {
  const digests = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64})\s+[*./]*(\S.*?)\s*$/i.exec(line)
    if (match !== null) digests.set(match[2]!, match[1]!.toLowerCase())
  }
  return digests
}
