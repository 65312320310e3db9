/**
 * What the page may ask of the desktop, written once: the preload script and the page's `window.bty` are typed from it,
 * the main process checks every payload with it.
 */
import { z } from 'zod'

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
}

/** Name of the channel on the wire between page and main process. */
export const wireName = <C extends Channel>(channel: C): `bty:${C}` => `bty:${channel}`

/** How the window tells its preload script the version; a sandboxed script cannot read files. */
export const VERSION_ARGUMENT = '--bty-version='
