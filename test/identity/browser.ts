// A browser as far as logins need one: it follows redirects, keeps cookies for each place, and sends forms.

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  /** Of the answer, in full. */
  readonly cookies: readonly string[];
  readonly headers: Headers;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** Ends at the first answer that is no redirect, or that sends it to somewhere that begins with `before`, which it does not open. */
  async open(url: string, sent: Sent = {}, before?: string): Promise<Page> {
    let page = await this.#load(url, sent);
    for (let hop = 0; hop < 20; hop += 1) {
      const location = page.headers.get('location');
      if (page.status < 300 || page.status >= 400 || location === null) return page;
      const next = new URL(location, page.url).href;
      if (before !== undefined && next.startsWith(before)) return { ...page, url: next };
      page = await this.#load(next, {});
    }
    throw new Error(`it never ends: ${page.url}`);
  }

  /** Sends the form of a page as it is, with further fields. */
  submit(page: Page, fields: Readonly<Record<string, string>> = {}, before?: string): Promise<Page> {
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`there is no form at ${page.url}: ${page.text.slice(0, 500)}`);
    const hidden = [...page.text.matchAll(/<input[^>]*>/g)].flatMap(([tag]) => {
      const name = /name="([^"]+)"/.exec(tag)?.[1];
      return name !== undefined && /type="?hidden/.test(tag) ? [[name, /value="([^"]*)"/.exec(tag)?.[1] ?? ''] as const] : [];
    });
    const url = new URL(action.replaceAll('&amp;', '&'), page.url).href;
    return this.open(url, { method: 'POST', form: { ...Object.fromEntries(hidden), ...fields } }, before);
  }

  cookie(url: string, name: string): string | undefined {
    return this.#jars.get(new URL(url).host)?.get(name);
  }

  forget(url: string): void {
    this.#jars.delete(new URL(url).host);
  }

  async #load(url: string, { method = 'GET', headers = {}, form }: Sent): Promise<Page> {
    const { host } = new URL(url);
    const jar = this.#jars.get(host) ?? new Map<string, string>();
    this.#jars.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...(cookie !== '' && { cookie }), ...headers },
      ...(form && { body: new URLSearchParams(form) }),
    });
    const cookies = answer.headers.getSetCookie();
    for (const one of cookies) {
      const [pair = ''] = one.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(one)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return { url, status: answer.status, text: await answer.text(), cookies, headers: answer.headers };
  }
}

/** Types the code of a device login, says yes or no, and logs in. */
export async function confirmDevice(browser: Browser, address: string, answer: 'yes' | 'no' = 'yes'): Promise<Page> {
  const asked = await browser.submit(await browser.open(address));
  return browser.submit(asked, answer === 'yes' ? { confirm: 'yes' } : { abort: 'yes' });
}
