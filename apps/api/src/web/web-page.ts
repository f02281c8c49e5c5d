import { existsSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** Nothing inline, nothing from elsewhere, and no text that becomes markup: what tasks print stays text. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** What the build has compressed beforehand, the smallest first. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const;
type Encoding = keyof typeof ENCODINGS;

const HTML = '/index.html';
/** Its name tells its content, so that it is good for ever. */
const NAMED_BY_CONTENT = /^\/assets\//;
/** The page's own addresses. */
const ADDRESS = /^\/(ui(\/|$)|$)/;

/** The web page: the files that `npm run build` has put into a folder. */
export class WebPage {
  /** What there is, by its path, with the encodings that it is there in. */
  private readonly files = new Map<string, Encoding[]>();

  constructor(private readonly folder: string) {
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name))}`);
    const isCompressed = (path: string) => Object.values(ENCODINGS).some((suffix) => path.endsWith(suffix));
    for (const path of paths.filter((path) => !isCompressed(path))) {
      const encodings = Object.entries(ENCODINGS).filter(([, suffix]) => paths.includes(path + suffix));
      this.files.set(
        path,
        encodings.map(([encoding]) => encoding as Encoding),
      );
    }
  }

  /** The page of `folder`, or null when it was not built. */
  static in(folder: string | undefined): WebPage | null {
    return folder !== undefined && existsSync(join(folder, HTML)) ? new WebPage(folder) : null;
  }

  /** Answers for the page's files and addresses, before the API looks at the request. */
  readonly handler: RequestHandler = (request, response, next) => {
    if (!isRead(request)) return next();
    if (this.files.has(request.path)) this.send(request.path, request, response, next);
    else if (ADDRESS.test(request.path)) this.send(HTML, request, response, next);
    else next();
  };

  /** Answers a browser that went to an address where there is nothing, which the page then says; false for programs. */
  explain(request: Request, response: Response, next: NextFunction): boolean {
    if (!isRead(request) || request.accepts(['json', 'html']) !== 'html') return false;
    this.send(HTML, request, response, next);
    return true;
  }

  private send(path: string, request: Request, response: Response, next: NextFunction): void {
    const there = this.files.get(path) ?? [];
    const encoding = there.find((encoding) => request.acceptsEncodings(encoding));
    response.type(extname(path)).set({
      Vary: 'Accept-Encoding',
      'Cache-Control': NAMED_BY_CONTENT.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      ...(encoding ? { 'Content-Encoding': encoding } : {}),
    });
    const suffix = encoding ? ENCODINGS[encoding] : '';
    response.sendFile(path + suffix, { root: this.folder, cacheControl: false }, (error) => {
      // As after a build beneath a running server; a reader that left needs no answer.
      if (error && !response.headersSent) next();
    });
  }
}

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD';
