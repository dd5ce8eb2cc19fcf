// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// The WebSocket to the server, opened again whenever it is lost.

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4000;
const TRY_AGAIN_LATER = 1013;

export class Connection {
  #socket = null;
  #wait = FIRST_WAIT_MS;

  /**
   * @param handlers onOpen(), onLost(reason), onMessage(object), and onFrame(header, bytes), whose promise is waited for
   *   before the next frame is asked for
   */
  constructor(handlers) {
    this.handlers = handlers;
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/socket`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.handlers.onOpen();
    socket.onmessage = (event) => this.#take(socket, event.data);
    socket.onclose = (event) => {
      this.#socket = null;
      const full = event.code === TRY_AGAIN_LATER;
      this.handlers.onLost(full && event.reason ? event.reason : "");
      setTimeout(() => this.open(), this.#wait);
      this.#wait = Math.min(this.#wait * 1.6, LONGEST_WAIT_MS);
    };
    this.#socket = socket;
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #take(socket, data) {
    if (typeof data === "string") {
      this.#wait = FIRST_WAIT_MS;
      this.handlers.onMessage(JSON.parse(data));
      return;
    }
    const length = new DataView(data).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
    try {
      await this.handlers.onFrame(header, new Uint8Array(data, 4 + length));
    } finally {
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ready"}');
    }
  }
}
