/** Stands for node:fs in a worker of a page: the fixtures come from the server that the suite came from. */
export function readFileSync(url: URL): Uint8Array {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${url} answered ${request.status}`);
  return new Uint8Array(request.response as ArrayBuffer);
}
