/** The page `docs/http-api.md`, made from the route table. Pure. */
import { z } from 'zod'
import type { RawRoute } from '../../server/api/raw-routes.ts'
import type { Access, Route } from '../../server/api/index.ts'
import { fields, type JsonSchema, shape } from './shape.ts'

const ACCESS: Record<Access, string> = {
  open: 'open',
  operator: 'operator: a session',
  desk: 'desk: a session of this laptop, called from this laptop',
}

export function httpApiPage(routes: Record<string, Route>, raw: readonly RawRoute[]): string {
  return `# HTTP API

<!-- Made from the route table by \`npm run docs\`; change the table, not this page. -->

Access: **open** to anyone who reaches the server (machines that boot); **operator** needs the session cookie; **desk** needs a session that was opened
on the laptop itself, and answers only there. From other machines operator routes answer 403 until a password of the operator's own is set.

An error is \`{"detail": text}\`; a body, query or path that does not fit is 422 with a list of \`{type, loc, msg, input, ctx}\`. Unknown paths are 404, known ones with
another method 405. Limits in the tables are bytes for numbers of bytes and characters for texts; \`= value\` is the default.

${table(routes, raw)}

## JSON routes

${Object.values(routes).map(section).join('\n')}`
}

function table(routes: Record<string, Route>, raw: readonly RawRoute[]): string {
  const rows = [...Object.values(routes), ...raw]
    .map(({ method, path, access, summary }) => ({ method, path: braces(path), access, summary }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.method < b.method ? -1 : 1))
  return [
    '| method | path | access | what |',
    '| --- | --- | --- | --- |',
    ...rows.map((r) => `| ${r.method} | \`${r.path}\` | ${r.access} | ${cell(r.summary)} |`),
  ].join('\n')
}

function section(route: Route): string {
  const lines = [
    `### ${route.method} ${braces(route.path)}`,
    '',
    `${route.summary}. Access: ${ACCESS[route.access]}.`,
  ]
  if (route.query !== undefined) lines.push('', ...fieldTable('query', route.query))
  if (route.body !== undefined) lines.push('', ...fieldTable('body', route.body))
  if (route.bodyLimit !== undefined) lines.push('', `Body: at most ${route.bodyLimit} bytes.`)
  const output = route.output === undefined ? '' : `: ${code(shape(jsonSchema(route.output, 'output')))}`
  lines.push('', `Answer: ${route.status}${output}`, '')
  return lines.join('\n')
}

function fieldTable(what: string, schema: z.ZodType): string[] {
  const json = jsonSchema(schema, 'input')
  const rows = fields(json)
  if (rows.length === 0) return [`${what}: ${code(shape(json))}`]
  return [
    `| ${what} | type |`,
    '| --- | --- |',
    ...rows.map(([name, text]) => `| \`${name}\` | ${code(text)} |`),
  ]
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
}

/** `/machines/:mac` as people write it: `/machines/{mac}`. */
function braces(path: string): string {
  return path.replaceAll(/[:*]([A-Za-z_]+)/g, '{$1}')
}

function code(text: string): string {
  return `\`${cell(text)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
