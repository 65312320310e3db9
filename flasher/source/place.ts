import { shownUrl } from '../http.ts'

export interface PlaceRequest {
  url: string
  /** May hold credentials. */
  headers: Record<string, string>
}

/** Where an image lies on an origin, and how to ask for it. */
export interface Place {
  /** For messages: no user, password or signature in it. */
  name: string
  /** Other bytes than the first ones will be noticed by their digest, whatever the origin says of its versions. */
  pinned: boolean
  /** `fresh`: the credentials of the last request were refused. */
  request(fresh: boolean, signal: AbortSignal): Promise<PlaceRequest>
}

export function httpPlace(url: string, pinned: boolean): Place {
  const parsed = URL.parse(url)
  const request = async () => ({ url, headers: {} })
  return { name: parsed === null ? url : shownUrl(parsed), pinned, request }
}
