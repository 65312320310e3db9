/** Live media that were not installed; the boot folder is as it was. The message is for the operator. */
export class InstallError extends Error {
  override name = 'InstallError'
}
