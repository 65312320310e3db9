/** The few pages that must work without the console's script: plain HTML, no style, no script. Pure. */

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title></head>
<body><h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`
}

/** The sign-in form. `error` is shown above it; the warning appears while everybody knows the password. */
export function loginPage(error: string, defaultPassword: boolean): string {
  const alert = error === '' ? '' : `<p role="alert"><strong>${escapeHtml(error)}</strong></p>\n`
  const warning = defaultPassword
    ? '<p>The default password is in use. Set <code>admin.password</code> (BTY_ADMIN_PASSWORD) before others can reach this console.</p>\n'
    : ''
  return page(
    'Sign in to bty console',
    `${alert}${warning}<form method="post" action="/ui/login">
<p><label>Password <input type="password" name="password" autocomplete="current-password" required autofocus></label>
<button>Sign in</button></p>
</form>`,
  )
}

export function messagePage(title: string, text: string): string {
  return page(title, `<p>${escapeHtml(text)}</p>`)
}

/** Served for every page while the console's files are absent. */
export function notBuiltPage(dir: string): string {
  return messagePage(
    'The console is not built',
    `${dir} holds no index.html. Run "npm run build" and load this page again; the network boot service and its JSON routes work without it.`,
  )
}
