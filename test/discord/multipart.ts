import type { IncomingMessage } from 'node:http';

/** A file as Discord gets it beside a message. */
export interface ReceivedFile {
  /** The number in its name, `files[n]`. */
  id: string;
  name: string;
  type: string;
  data: Buffer;
}

/** What a request carries: JSON, or JSON with files: https://discord.com/developers/docs/reference#uploading-files. */
// biome-ignore lint/suspicious/noExplicitAny: it is what somebody sends
export async function readBody(request: IncomingMessage): Promise<{ json: any; files: ReceivedFile[] }> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data'))
    return { json: body.length === 0 ? null : JSON.parse(body.toString()), files: [] };
  const form = await new Response(body, { headers: { 'Content-Type': type } }).formData();
  const files: ReceivedFile[] = [];
  for (const [field, value] of form) {
    const id = field.match(/^files\[(\d+)\]$/)?.[1];
    if (id === undefined || typeof value === 'string') continue;
    files.push({ id, name: value.name, type: value.type, data: Buffer.from(await value.arrayBuffer()) });
  }
  return { json: JSON.parse(String(form.get('payload_json'))), files };
}
