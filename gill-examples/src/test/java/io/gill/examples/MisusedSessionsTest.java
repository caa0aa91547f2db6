package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.Session;
import io.gill.testsupport.JavaProcess;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Sessions closed during their turns and shared by threads, in a child process that a native fault would end. */
class MisusedSessionsTest {
  private static final RespondOptions OPTIONS = RespondOptions.builder().maxTokens(20).maxImages(0).build();
  private static final String QUESTION = "find a picture of a small green circle ".repeat(12);
  private static final int ROUNDS = 20;

  @Test
  void misuseIsRefusedAndNothingNativeBreaksOrLeaks() throws Exception {
    assertThat(JavaProcess.outputOf(JavaProcess.of(Misuse.class, List.of()))).contains("0 tensors left\n");
  }

  /** Closes sessions at random times while two threads use them; then closes the model while others are in use. */
  static final class Misuse {
    private Misuse() {}

    public static void main(String[] arguments) throws Exception {
      Random random = new Random(5);
      ExecutorService threads = Executors.newFixedThreadPool(3);
      GillModel model = GillModel.load(Reference.path("model-a"));
      try {
        List<Integer> alone = model.respond(Conversation.of(QUESTION), OPTIONS).tokens();
        for (int round = 0; round < ROUNDS; round++) {
          Session session = model.session();
          List<Future<?>> uses = new ArrayList<>();
          for (int thread = 0; thread < 2; thread++) {
            uses.add(threads.submit(() -> use(session, alone)));
          }
          long until = System.nanoTime() + random.nextInt(15_000_000);
          while (System.nanoTime() < until) {
            Thread.onSpinWait();
          }
          if (round == ROUNDS - 1) {
            model.close();
          }
          session.close();
          for (Future<?> use : uses) {
            use.get();
          }
        }
      } finally {
        threads.shutdownNow();
      }
      System.out.println(Tensor.live() + " tensors left");
    }

    private static void use(Session session, List<Integer> alone) {
      for (int turn = 0; turn < 2; turn++) {
        boolean first = session.conversation().turns().isEmpty();
        try {
          Reply reply = session.respond(QUESTION, OPTIONS);
          if (first && session.conversation().turns().size() == 2 && reply.finish() != Reply.Finish.CANCELLED
              && !reply.tokens().equals(alone)) {
            throw new AssertionError("a wrong answer: " + reply);
          }
        } catch (IllegalStateException e) {
          String message = String.valueOf(e.getMessage());
          if (!message.contains("is closed") && !message.contains("in use by another thread")) {
            throw e;
          }
        }
      }
    }
  }
}
