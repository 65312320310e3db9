import type { Hardware } from '../../api/index.ts'
import { readLshw } from '../../hardware/read-lshw.ts'
import type { HttpDeps } from '../kit.ts'
import type { Handlers } from '../mount.ts'
import { noMachine } from '../not-found.ts'

export function hardwareHandlers({ store }: HttpDeps): Pick<Handlers, 'machineHardware'> {
  return {
    machineHardware({ mac }) {
      if (store.machines.get(mac) === null) throw noMachine(mac)
      return { hardware: parsed(store.machines.lshw(mac)) }
    },
  }
}

/** What is stored is JSON, unless somebody else wrote into the database. */
function parsed(json: string | null): Hardware | null {
  try {
    return json === null ? null : readLshw(JSON.parse(json))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
