/** Replaces node:fs in a page's worker: the fixtures come from the same server as the suite. */
export function readFileSync(url: URL): Uint8Array {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${url} answered ${request.status}`);
  return new Uint8Array(request.response as ArrayBuffer);
}
