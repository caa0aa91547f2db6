package io.gill.examples;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import java.io.OutputStream;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packages and their allowed dependencies. */
class ArchitectureTest {
  /** Classes that append lines to tables and lists. Their readers drop a line that a kill left incomplete. */
  private static final Set<String> APPENDING =
      Set.of("MetricsTable", "SkippedExamples", "TrainingRun", "DecisionTraining", "AppendedFile");

  /** Packages of the core whose types neither hold nor compute tensors. All others may. */
  private static final String[] WITHOUT_TENSORS = {
    "io.gill", "io.gill.concurrent..", "io.gill.directory..", "io.gill.hub..", "io.gill.image..", "io.gill.stage..",
    "io.gill.testing..", "io.gill.text..", "io.gill.weights.."};

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes = new ClassFileImporter()
        .withImportOption(new ImportOption.DoNotIncludeTests())
        .withImportOption(location -> !location.contains("-tests.jar")) // shared by the modules' tests
        .importPackages("io.gill");
  }

  @Test
  void everyModuleIsLookedAtAndNoTest() {
    for (String type : new String[] {
      "io.gill.GillModel", "io.gill.torch.Tensor", "io.gill.retrieval.ExactIndex", "io.gill.diffusion.StableDiffusion",
      "io.gill.examples.Chat", "io.gill.examples.parity.Parity"}) {
      assertThat(classes.contain(type)).as(type).isTrue();
    }
    assertThat(classes.contain(ArchitectureTest.class)).isFalse();
    assertThat(classes.contain("io.gill.testsupport.Reference")).isFalse();
  }

  @Test
  void arrowsGoFromExamplesToDiffusionAndRetrievalToCore() {
    noClasses().that().resideOutsideOfPackage("io.gill.examples..")
        .should().dependOnClassesThat().resideInAPackage("io.gill.examples..").check(classes);
    noClasses().that().resideOutsideOfPackages("io.gill.examples..", "io.gill.diffusion..")
        .should().dependOnClassesThat().resideInAPackage("io.gill.diffusion..").check(classes);
    noClasses().that().resideOutsideOfPackages("io.gill.examples..", "io.gill.retrieval..")
        .should().dependOnClassesThat().resideInAPackage("io.gill.retrieval..").check(classes);
  }

  @Test
  void onlyOnePackageKnowsJavaCppAndOnlyOneTheTokenizerLibrary() {
    noClasses().that().resideOutsideOfPackage("io.gill.torch")
        .should().dependOnClassesThat().resideInAPackage("org.bytedeco..").check(classes);
    noClasses().that().resideOutsideOfPackage("io.gill.text")
        .should().dependOnClassesThat().resideInAPackage("ai.djl..").check(classes);
  }

  @Test
  void whatAnApplicationMocksKnowsNoTensor() {
    noClasses().that().resideInAnyPackage(WITHOUT_TENSORS).and().doNotHaveFullyQualifiedName("io.gill.ModelLoader")
        .should().dependOnClassesThat(
            resideInAPackage("io.gill..").and(not(resideInAnyPackage(WITHOUT_TENSORS))))
        .check(classes);
  }

  @Test
  void packagesFormNoCycle() {
    // io.gill is the application's view of all packages. The test below lists the few of its types that they use.
    slices().matching("io.gill.(**)").should().beFreeOfCycles()
        .ignoreDependency(resideInAPackage("io.gill"), alwaysTrue())
        .ignoreDependency(alwaysTrue(), resideInAPackage("io.gill"))
        .ignoreDependency(equivalentTo(Main.class), alwaysTrue()) // lists the programs
        .check(classes);
  }

  @Test
  void packagesOfTheCoreShareAFewTypesOfTheApi() {
    noClasses().that()
        .resideOutsideOfPackages("io.gill", "io.gill.examples..", "io.gill.retrieval..", "io.gill.testing")
        .should().dependOnClassesThat(resideInAPackage("io.gill").and(not(belongToAnyOf(
            Device.class, Precision.class, CachePrecision.class, Quantization.class, GillException.class,
            DiffusionOptions.class))))
        .check(classes);
  }

  @Test
  void theLibraryNeitherPrintsNorExitsNorTouchesANetwork() {
    noClasses().that().resideOutsideOfPackage("io.gill.examples..")
        .should(ACCESS_STANDARD_STREAMS) // printStackTrace included
        .orShould().callMethod(System.class, "exit", int.class)
        .orShould().callMethod(Runtime.class, "exit", int.class)
        .orShould().callMethod(Runtime.class, "halt", int.class)
        .check(classes);
    noClasses().that().resideOutsideOfPackage("io.gill.examples..").and().doNotHaveSimpleName("NativeReport")
        .and().doNotHaveSimpleName("NativeLibraries") // reads jars on the class path
        .and().haveNameNotMatching(".*Http(ImageSource|Get).*") // used only if an application installs it
        .and().resideOutsideOfPackage("io.gill.hub") // used only if an application calls it
        .and().doNotHaveSimpleName("SmallWorld") // finds out where its resources are
        .should().dependOnClassesThat(resideInAnyPackage("java.net..", "javax.net..")
            .and(not(equivalentTo(URI.class)))) // a name; opens no connection
        .check(classes);
  }

  /** A program that is killed, or whose disk is full, leaves either the old file or the complete new one. */
  @Test
  void filesAreWrittenWholeOrNotAtAll() {
    DescribedPredicate<JavaCall<?>> direct = DescribedPredicate.describe("write a file where it is", call -> {
      String owner = call.getTargetOwner().getName();
      String name = call.getName();
      return owner.equals("java.nio.file.Files")
          && Set.of("write", "writeString", "newBufferedWriter", "newOutputStream", "copy").contains(name)
          || owner.equals("javax.imageio.ImageIO") && name.equals("write")
          || owner.equals("org.knowm.xchart.BitmapEncoder") && name.startsWith("save")
          || Set.of("java.io.FileOutputStream", "java.io.FileWriter", "java.io.PrintStream").contains(owner)
              && name.equals("<init>")
              && !call.getTarget().getRawParameterTypes().get(0).isAssignableTo(OutputStream.class);
    });
    noClasses().that() // these write files to break or change in a temporary folder
        .resideOutsideOfPackages("io.gill.examples.soak", "io.gill.examples.parity")
        .and(DescribedPredicate.describe("do not append", type -> APPENDING.stream()
            .noneMatch(name -> type.getName().endsWith("." + name))))
        .should().callMethodWhere(direct)
        .orShould().callConstructorWhere(direct)
        .check(classes);
  }
}
