/** Text that an HTTP header can carry: printable ASCII without surrounding spaces. */
export const HEADER_TEXT = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
