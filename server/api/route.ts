import type { z } from 'zod'

export type Access = 'open' | 'operator' | 'desk'

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path with `:name` parameters. */
  path: string
  access: Access
  query?: z.ZodType
  body?: z.ZodType
  /** JSON of the success answer; absent for an empty or non-JSON answer. */
  output?: z.ZodType
  /** Success status. */
  status: number
  /** Body limit in bytes; 1 MiB unless told. */
  bodyLimit?: number
  summary: string
}
