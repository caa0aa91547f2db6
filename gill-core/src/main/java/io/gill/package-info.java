/**
 * Multimodal conversation: a loaded model reads text and images, and answers with text and images.
 *
 * <p>Five types are enough for most applications:
 *
 * <ol>
 *   <li>{@link io.gill.GillModel}: a loaded model, shared by threads; close it at the end.
 *   <li>{@link io.gill.Session}: a multi-turn conversation, used by one thread at a time.
 *   <li>{@link io.gill.Conversation}: the turns so far, as an immutable value.
 *   <li>{@link io.gill.Reply}: text and images in the order the model produced them.
 *   <li>{@link io.gill.RespondOptions}: length, seed, sampling, image policy, listener, cancellation.
 * </ol>
 *
 * <pre>{@code
 * import io.gill.Conversation.Content;
 * import io.gill.RespondOptions.ImagePolicy; // the other types are in io.gill
 *
 * try (GillModel model = GillModel.load(Path.of("my-model")); Session session = model.session()) {
 *   Reply reply = session.respond(Content.image(Path.of("cat.png")), Content.of("What is this?"));
 *   System.out.println(reply.text());
 *   RespondOptions options = RespondOptions.builder().imagePolicy(ImagePolicy.GENERATE).seed(7).build();
 *   for (Reply.ImagePart part : session.respond("Show me one on a sofa", options).images()) {
 *     ImageIO.write(part.image().orElseThrow(), "png", new File("sofa.png"));
 *   }
 * }
 * }</pre>
 *
 * <p>{@link io.gill.GillModel#respondAsync} answers on another thread, and {@link io.gill.GillModel#stream} publishes a
 * reply as it is generated. {@link io.gill.Capabilities} says what a model lacks and why. {@link io.gill.GillListener}
 * receives tokens and diffusion steps while a reply is generated. {@link io.gill.GillException} is the one exception to
 * catch; a cancelled score throws {@link java.util.concurrent.CancellationException}.
 * {@link io.gill.GillModel#builder()} and the interfaces of {@link io.gill.stage} replace single stages.
 */
@NullMarked
package io.gill;

import org.jspecify.annotations.NullMarked;
