/** What a page was opened with, such as `/ui/flash?image=/home/me/a.img`; taken once, so that a reload does not ask again. */
export function askedWith(name: string): string {
  const value = new URLSearchParams(location.search).get(name) ?? ''
  if (value !== '') history.replaceState(history.state, '', location.pathname)
  return value.slice(0, 4096)
}
