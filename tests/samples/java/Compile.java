import java.io.File;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Compiles many programs in one machine: `java|kotlin FOLDER...`, each into its own `out`. */
public class Compile {
  public static void main(String[] args) throws Exception {
    List<String> failed = new ArrayList<>();
    for (int at = 1; at < args.length; at++) {
      File folder = new File(args[at]);
      boolean good = args[0].equals("java") ? java(folder) : kotlin(folder);
      if (!good) {
        failed.add(args[at]);
      }
    }
    if (!failed.isEmpty()) {
      System.err.println("Not compiled: " + failed);
      System.exit(1);
    }
  }

  static boolean java(File folder) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    File source = new File(folder, "src/main/java/Sample.java");
    if (!source.exists()) {
      source = new File(folder, "Sample.java");
    }
    String out = new File(folder, "out").getPath();
    String classes = System.getProperty("java.class.path");
    return compiler.run(
            null, System.err, System.err, "-proc:none", "-cp", classes, "-d", out, source.getPath())
        == 0;
  }

  static boolean kotlin(File folder) throws Exception {
    Class<?> type = Class.forName("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler");
    Object compiler = type.getDeclaredConstructor().newInstance();
    String source = new File(folder, "src/main/kotlin/Sample.kt").getPath();
    String out = new File(folder, "out").getPath();
    String classes = System.getProperty("java.class.path");
    String[] said = {"-no-stdlib", "-no-reflect", "-nowarn", "-cp", classes, "-d", out, source};
    Object code =
        type.getMethod("exec", java.io.PrintStream.class, String[].class)
            .invoke(compiler, System.err, said);
    return code.toString().equals("OK");
  }
}
