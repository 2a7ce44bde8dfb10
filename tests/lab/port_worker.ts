/** A page's worker without a browser: what answers stands behind a port, as comlink has it. */
import { expose } from "comlink";

export class PortWorker {
  onerror?: (event: Partial<ErrorEvent>) => void;
  ended = false;
  readonly #port: MessagePort;
  readonly #other: MessagePort;

  constructor(answers: object) {
    const { port1, port2 } = new MessageChannel();
    [this.#port, this.#other] = [port1, port2];
    expose(answers, port2);
    port2.postMessage({ begun: true });
  }

  postMessage(message: unknown, transfers: Transferable[]): void {
    if (!this.ended) this.#port.postMessage(message, transfers);
  }
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void {
    this.#port.addEventListener(type, listener);
    this.#port.start();
  }
  removeEventListener(type: "message", listener: (event: MessageEvent) => void): void {
    this.#port.removeEventListener(type, listener);
  }
  terminate(): void {
    this.ended = true;
    this.#port.close();
    this.#other.close();
  }
}
