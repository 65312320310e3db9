/** SQLite reads texts up to their first zero; this character, which no text has, stands for it. Pure. */
export function withoutZeros(text: string): string {
  return text.replaceAll('\0', '\uffff')
}

/** Pattern of `LIKE ... ESCAPE '\'` for what contains `text`; its own wildcards stand for themselves. Pure. */
export function containing(text: string): string {
  return `%${withoutZeros(text).replaceAll(/[\\%_]/g, '\\$&')}%`
}

/** `(a LIKE :like ESCAPE '\' OR b LIKE ...)`: true where one of the columns contains the text, ASCII letters of either case. */
export function anyLike(columns: readonly string[]): string {
  return `(${columns.map((column) => `${column} LIKE :like ESCAPE '\\'`).join(' OR ')})`
}
