/**
 * What the page may ask of the desktop, written once: the preload script and the page's `window.bty` are typed from it,
 * the main process checks every payload with it.
 */
import { z } from 'zod'
import { type Route, type RouteName, ROUTES } from '../server/api/index.ts'

export type DeskRoute = {
  [N in RouteName]: (typeof ROUTES)[N]['access'] extends 'desk' ? N : never
}[RouteName]

const DESK_ROUTES = Object.entries(ROUTES as Record<string, Route>)
  .filter(([, { access }]) => access === 'desk')
  .map(([name]) => name) as DeskRoute[]

const plain = z.union([z.string().max(8192), z.number(), z.boolean()])

/** A call of the route table; the server checks its parameters and its body by the table's own schemas. */
const DeskWish = z.strictObject({
  name: z.enum(DESK_ROUTES),
  params: z.record(z.string(), z.union([z.string().max(512), z.number()])).optional(),
  query: z.record(z.string(), plain).optional(),
  body: z.unknown().optional(),
})
export type DeskWish = z.infer<typeof DeskWish>

/** HTTP's status and the parsed body. */
const DeskAnswer = z.object({ status: z.number(), body: z.unknown() })
export type DeskAnswer = z.infer<typeof DeskAnswer>

/** A piece of a stream; null is its end. */
export interface StreamChunk {
  stream: number
  text: string | null
}

export const CHANNELS = {
  /** Opens a web page in the operator's browser. */
  openExternal: {
    input: z.strictObject({
      url: z
        .string()
        .max(2048)
        .regex(/^https?:\/\//i),
    }),
    output: z.object({ opened: z.boolean() }),
  },
  /** Puts a report without secrets on the clipboard. */
  copyDiagnostics: { input: z.strictObject({}), output: z.object({ copied: z.boolean() }) },
  /** Asks the operator for a file of this laptop; null when none was chosen. */
  chooseFile: {
    input: z.strictObject({ kind: z.enum(['image', 'catalog', 'any']) }),
    output: z.object({ path: z.string().nullable() }),
  },
  /** A `desk` call of the server's route table. */
  desk: { input: DeskWish, output: DeskAnswer },
  /** Opens one of the server's streams of text. */
  openStream: {
    input: z.strictObject({
      path: z.string().regex(/^\/api\/desk\/terminals\/[\w-]{1,64}\/output\?from=\d{1,15}$/),
    }),
    output: DeskAnswer.extend({ stream: z.number() }),
  },
  closeStream: { input: z.strictObject({ stream: z.number().int() }), output: z.object({}) },
  /** The browser engine sees a network again. */
  online: { input: z.strictObject({}), output: z.object({}) },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>

export type Channel = keyof typeof CHANNELS
export type Input<C extends Channel> = z.infer<(typeof CHANNELS)[C]['input']>
export type Output<C extends Channel> = z.infer<(typeof CHANNELS)[C]['output']>

type Calls = { readonly [C in Channel]: (input: Input<C>) => Promise<Output<C>> }

/** `window.bty`, present only in the desktop app. */
export type Bridge = Calls & {
  readonly desktop: true
  /** As `process.platform`: linux, darwin or win32. */
  readonly platform: string
  readonly version: string
  /** Where a file that was dropped on the page lies; empty for one that lies nowhere. `file` is a DOM File. */
  pathOf(file: unknown): string
  /** Pieces of all streams that this page opened. Returns how to stop listening. */
  onStream(listener: (chunk: StreamChunk) => void): () => void
}

/** Name of the channel on the wire between page and main process. */
export const wireName = <C extends Channel>(channel: C): `bty:${C}` => `bty:${channel}`

/** How the window tells its preload script the version; a sandboxed script cannot read files. */
export const VERSION_ARGUMENT = '--bty-version='

/** Channel of the pieces of streams, from main process to page. */
export const STREAM = 'bty:stream'
