package io.gill.langchain4j.example;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import io.gill.GillModel;
import io.gill.langchain4j.GillChatModel;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

/** Talks with a model: {@code PictureChat MODEL-DIRECTORY}. */
public final class PictureChat {
  private PictureChat() {}

  public static void main(String[] args) {
    try (GillModel gill = GillModel.load(Path.of(args[0])); Scanner in = new Scanner(System.in)) {
      talk(new GillChatModel(gill), in, System.out);
    }
  }

  static void talk(ChatModel chat, Scanner in, PrintStream out) {
    List<ChatMessage> messages = new ArrayList<>();
    while (in.hasNextLine()) {
      messages.add(UserMessage.from(in.nextLine()));
      AiMessage reply = chat.chat(messages).aiMessage();
      messages.add(reply);
      out.println(reply.text());
      reply.images().forEach(image -> out.println(
          "[" + image.mimeType() + ", " + image.base64Data().length() + " characters of base64]"));
    }
  }
}
