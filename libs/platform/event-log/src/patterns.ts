/** A pseudonymous id: uuid or another code of at most 100 characters. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/
/** A code of a code system. */
export const codePattern = /^[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,199}$/
export const uriPattern = /^[a-z][a-z0-9+.-]*:[^\s]{1,500}$/
