import { CAUSES } from '../server/diagnosis/causes.ts'

const BEGIN = /<!-- causes: [^>]*-->\n/
const END = '<!-- end of causes -->'

/** `page` with the table of causes between its two marks. @throws {Error} when a mark is missing. */
export function withCauses(page: string): string {
  const begin = BEGIN.exec(page)
  const end = page.indexOf(END)
  if (begin === null || end < begin.index) throw new Error(`the page has no marks for the table of causes`)
  const rows = Object.values(CAUSES).map(
    ({ title, explanation, next_step }) => `| ${title} | ${cell(explanation)} | ${cell(next_step)} |`,
  )
  const table = ['| what | why | next step |', '| --- | --- | --- |', ...rows].join('\n')
  return `${page.slice(0, begin.index)}${begin[0]}\n${table}\n\n${page.slice(end)}`
}

/** A MAC in angle brackets would be taken for HTML. */
function cell(text: string): string {
  return text.replace(/<(\w+)>/g, '{$1}')
}
