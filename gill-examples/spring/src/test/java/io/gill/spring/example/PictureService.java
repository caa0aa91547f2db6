package io.gill.spring.example;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Answers with text or a picture: {@code --gill.directory=MODEL-DIRECTORY}. */
@SpringBootApplication
@RestController
public class PictureService {
  private final ChatModel chat;

  PictureService(ChatModel chat) {
    this.chat = chat;
  }

  public static void main(String[] args) {
    SpringApplication.run(PictureService.class, args);
  }

  @GetMapping("/text")
  String text(@RequestParam String ask) {
    return chat.call(ask);
  }

  @GetMapping(path = "/picture", produces = MediaType.IMAGE_PNG_VALUE)
  byte[] picture(@RequestParam String ask) {
    AssistantMessage reply = chat.call(new Prompt(ask)).getResult().getOutput();
    return reply.getMedia().stream().findFirst().map(Media::getDataAsByteArray).orElseThrow();
  }
}
