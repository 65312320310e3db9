/** What a machine is made of, read from the lshw tree that it reported. */
import { z } from 'zod'
import type { Route } from './route.ts'

const text = z.string().nullable()
const number = z.number().nullable()

const Maker = z.object({ vendor: text, product: text, serial: text })
export const Hardware = z.object({
  system: Maker,
  board: Maker,
  firmware: z.object({ vendor: text, version: text, date: text }),
  processors: z.array(z.object({ product: text, slot: text, cores: number, threads: number, hz: number })),
  memory: z.object({
    size_bytes: number,
    /** `size_bytes` null: nothing is in it. */
    slots: z.array(z.object({ slot: text, size_bytes: number, kind: text, vendor: text })),
  }),
  networks: z.array(
    z.object({
      name: text,
      mac: text,
      product: text,
      driver: text,
      firmware: text,
      /** Whether a cable with a living other end is plugged in. */
      link: z.boolean().nullable(),
      speed: text,
    }),
  ),
})
export type Hardware = z.infer<typeof Hardware>

export const hardwareRoutes = {
  machineHardware: {
    method: 'GET',
    path: '/api/machines/:mac/hardware',
    access: 'operator',
    output: z.object({ hardware: Hardware.nullable() }),
    status: 200,
    summary: 'Processors, memory and network cards of a machine, from its lshw report; null without one',
  },
} as const satisfies Record<string, Route>
