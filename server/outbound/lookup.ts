import type { LookupAddress, LookupOptions } from 'node:dns'
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { OutboundError } from './errors.ts'
import { refusedAddress } from './guard.ts'

export type Resolver = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * Name resolution for connections: what it hands out is what is connected to, so a name cannot change its meaning
 * between check and use. A name keeps those of its addresses that may be reached; without any it fails.
 */
export function guardedLookup(resolver: Resolver = systemLookup): LookupFunction {
  return (hostname, options, done) => {
    resolver(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const allowed = addresses.filter(({ address }) => refusedAddress(address) === null)
      if (allowed.length === 0) return done(refusal(hostname, addresses), [])
      if (options.all === true) done(null, allowed)
      else done(null, allowed[0]!.address, allowed[0]!.family)
    })
  }
}

function refusal(hostname: string, addresses: LookupAddress[]): Error {
  const [first] = addresses
  if (first === undefined)
    return Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' })
  return addressError(`${hostname} resolves to ${first.address}`, first.address)
}

/** `what` names host and address. */
export function addressError(what: string, address: string): OutboundError {
  const text = `${what}: ${refusedAddress(address)}, which this server does not ask; name the server that holds the file by its own address`
  return new OutboundError('address', text)
}
