// Words of others in a page, a drawing or a report of ours (HTML, SVG, XML).

/** What would be markup becomes text, in content and in attributes within quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
