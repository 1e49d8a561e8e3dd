/** What a closed comm keeps. */
import { expect, it } from "vitest";
import { freeClosedComms } from "../src/closedcomms.ts";

/** A comm as JupyterLab defines it: handlers are accessors of the class. */
function commClass() {
  return class Comm {
    closings = 0;
    #close: unknown;
    #msg: unknown;
    get onClose(): unknown {
      return this.#close;
    }
    set onClose(handler: unknown) {
      this.#close = handler;
    }
    get onMsg(): unknown {
      return this.#msg;
    }
    set onMsg(handler: unknown) {
      this.#msg = handler;
    }
    dispose(): void {
      this.closings += 1;
    }
  };
}

it("lets every comm of the kind forget its handlers when it is closed, however often asked", () => {
  const Comm = commClass();
  const comms = [new Comm(), new Comm()];
  for (const jsServicesComm of comms) freeClosedComms({ comm: { jsServicesComm } });
  const other = new Comm();
  for (const comm of [...comms, other]) {
    comm.onClose = comm.onMsg = () => {};
    expect(comm.onMsg).toBeDefined();
    comm.dispose();
    expect([comm.onClose, comm.onMsg, comm.closings]).toEqual([undefined, undefined, 1]);
  }
});

it("leaves models without such a comm alone", () => {
  for (const model of [{}, { comm: {} }, { comm: { jsServicesComm: Object.create(null) } }]) {
    expect(() => freeClosedComms(model)).not.toThrow();
  }
});
