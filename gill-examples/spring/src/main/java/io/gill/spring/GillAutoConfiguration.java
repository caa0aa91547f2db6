package io.gill.spring;

import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.LoadListener;
import io.gill.LoadOptions;
import io.gill.RespondOptions;
import io.gill.spring.GillProperties.Limits;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Loads the model of {@link GillProperties#directory()} and makes it Spring AI's chat, image and embedding model.
 *
 * <p>An application's own beans of type {@code GillModel}, {@code GillModel.Builder} (for example with a stage of its
 * own) or {@code RespondOptions} replace these. {@code spring.ai.model.chat}, {@code spring.ai.model.image} and
 * {@code spring.ai.model.embedding} choose among the models of several starters: gill's are defined if the property is
 * {@code gill} or absent.
 *
 * <p>Beans of type {@code GillListener} receive the events of all replies, and a {@code MeterRegistry} their
 * measurements. A bean of type {@code LoadListener} receives the progress of loading, which is logged otherwise. The
 * model is closed with the context, after the web server has finished its requests; replies that are still computed
 * then are cancelled.
 */
@AutoConfiguration(afterName =
    "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@EnableConfigurationProperties(GillProperties.class)
public final class GillAutoConfiguration {
  private static final String NAME = "gill";

  /** Creates the configuration. */
  public GillAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean({GillModel.class, GillModel.Builder.class})
  GillModel.Builder gillModelBuilder(GillProperties properties, ObjectProvider<LoadListener> progress) {
    Path directory = properties.directory();
    if (directory == null) {
      throw new IllegalStateException("gill.directory is not set: set it to a model directory, or define a bean of"
          + " type GillModel or GillModel.Builder");
    }
    LoadOptions options =
        properties.loadOptions().toBuilder().listener(progress.getIfAvailable(LoadingLog::new)).build();
    return Limits.DEFAULT.on(GillModel.builder().directory(directory, options)
        .cachedConversations(properties.cachedConversations()));
  }

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  GillModel gillModel(GillModel.Builder builder, GillProperties properties, ObjectProvider<MeterRegistry> registry,
      ObjectProvider<GillListener> listeners) {
    Limits limits = properties.limits();
    if (limits != null) {
      limits.on(builder);
    }
    registry.ifUnique(meters -> builder.addListener(new GillMetrics(meters, name(properties))));
    listeners.orderedStream().forEach(builder::addListener);
    return builder.build();
  }

  private static String name(GillProperties properties) {
    Path directory = properties.directory();
    return directory == null ? NAME : String.valueOf(directory.toAbsolutePath().normalize().getFileName());
  }

  @Bean
  @ConditionalOnMissingBean
  RespondOptions gillRespondOptions(GillProperties properties, GillModel model) {
    return properties.reply().over(model.defaults());
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty(name = SpringAIModelProperties.CHAT_MODEL, havingValue = NAME, matchIfMissing = true)
  GillChatModel gillChatModel(GillModel model, RespondOptions options, GillProperties properties) {
    return new GillChatModel(model, options, properties.fileUrls());
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty(name = SpringAIModelProperties.IMAGE_MODEL, havingValue = NAME, matchIfMissing = true)
  GillImageModel gillImageModel(GillModel model, RespondOptions options) {
    return new GillImageModel(model, options);
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty(name = SpringAIModelProperties.EMBEDDING_MODEL, havingValue = NAME, matchIfMissing = true)
  GillEmbeddingModel gillEmbeddingModel(GillModel model, GillProperties properties) {
    return new GillEmbeddingModel(model, properties.fileUrls());
  }

  /** With the actuator only. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(HealthIndicator.class)
  @ConditionalOnEnabledHealthIndicator("gill")
  static class HealthConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "gillHealthIndicator")
    HealthIndicator gillHealthIndicator(GillModel model) {
      return new GillHealthIndicator(model);
    }
  }
}
