/** A server that answers an agent as scripted, holds every report to the contract, and serves images. */
import { Inventory, Progress, StatusReport } from '../../server/api/index.ts'
import { bodyOf, startOrigin } from '../../flasher/testing/origin.ts'
import type { Origin } from '../../flasher/testing/origin.ts'
import { MAC } from './bench-machine.ts'

/** A status, or a connection that is cut without an answer. */
export type Reply = number | 'cut'

export interface Script {
  /** JSON text of the plan, made with the server's own address where it is a function, or a status; the last is repeated. */
  plans?: (string | Reply | ((url: string) => string))[]
  inventory?: Reply[]
  progress?: Reply[]
  done?: Reply[]
  status?: Reply[]
  files?: Record<string, Buffer>
}

export interface ScriptedServer extends Origin {
  inventories: Inventory[]
  progress: Progress[]
  statuses: StatusReport[]
  /** `X-Bty-Boot` of each `done`. */
  dones: string[]
  /** Requests under `/pxe/`, without progress, in order. */
  calls(): string[]
}

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const seen = { inventories: [], progress: [], statuses: [], dones: [] } as Pick<
    ScriptedServer,
    'inventories' | 'progress' | 'statuses' | 'dones'
  >
  const replies: Record<string, Reply[]> = {
    inventory: [...(script.inventory ?? [204])],
    progress: [...(script.progress ?? [204])],
    done: [...(script.done ?? [204])],
    status: [...(script.status ?? [204])],
  }
  const plans = [...(script.plans ?? [404])]
  const next = <T>(list: T[]): T => (list.length > 1 ? list.shift()! : list[0]!)

  const origin = await startOrigin(async (request, response) => {
    const name = request.url!.slice(`/pxe/${MAC}/`.length)
    const body = await bodyOf(request)
    if (!request.url!.startsWith(`/pxe/${MAC}/`)) {
      const file = script.files?.[request.url!.slice(1)]
      response.writeHead(file === undefined ? 404 : 200, { 'content-length': file?.length ?? 0 }).end(file)
      return
    }
    if (name === 'inventory') seen.inventories.push(Inventory.parse(JSON.parse(body)))
    if (name === 'progress') seen.progress.push(Progress.parse(JSON.parse(body)))
    if (name === 'status') seen.statuses.push(StatusReport.parse(JSON.parse(body)))
    if (name === 'done') seen.dones.push(String(request.headers['x-bty-boot']))
    const reply = name === 'plan' ? next(plans) : next(replies[name]!)
    if (reply === 'cut') response.destroy()
    else if (typeof reply === 'number') response.writeHead(reply).end()
    else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(typeof reply === 'function' ? reply(origin.url) : reply)
  })
  return Object.assign(origin, seen, {
    calls: () =>
      origin.requests
        .filter((line) => line.includes('/pxe/') && !line.includes('progress'))
        .map((line) => line.split('/').at(-1)!),
  })
}
