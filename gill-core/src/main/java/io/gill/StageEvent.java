package io.gill;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An event of Java Flight Recorder for a stage of a reply or of loading. It holds no text and no image. */
@Name(StageEvent.NAME)
@Label("Stage")
@Category("gill")
@Description("A stage of a reply, or a part of a model that is loaded")
@StackTrace(false)
final class StageEvent extends Event {
  static final String NAME = "io.gill.Stage";

  @Label("Stage")
  @Description("waiting, vision, prompt, text, retrieval or generation; load and the part's name")
  String stage = "";

  /** Begins an event. It costs nothing if no recording asks for it. */
  static StageEvent start() {
    StageEvent event = new StageEvent();
    event.begin();
    return event;
  }

  /** Ends the event and names its stage. */
  void end(String name) {
    end();
    if (shouldCommit()) {
      stage = name;
      commit();
    }
  }
}
