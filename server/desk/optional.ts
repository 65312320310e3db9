/** Packages that npm installs where it can build them. Without one the console does less, and says what. */
const WITHOUT = {
  drivelist: 'lsblk lists the disks',
  'node-pty': 'there is no terminal',
} as const

export type OptionalPackage = keyof typeof WITHOUT
export const OPTIONAL_PACKAGES = Object.keys(WITHOUT) as OptionalPackage[]

/** Loads an optional package; null, and one line through `say`, when it is missing or does not load here. */
export async function loadOptional<T>(name: OptionalPackage, say: (line: string) => void): Promise<T | null> {
  try {
    return (await import(/* @vite-ignore */ name)) as T
  } catch (error) {
    say(`${name} ${reasonOf(name, error)}: ${WITHOUT[name]}`)
    return null
  }
}

function reasonOf(name: OptionalPackage, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)) return 'is not installed'
  return `does not load (${String(message).split('\n')[0]})`
}
