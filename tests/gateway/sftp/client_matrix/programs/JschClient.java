// Does what each line of standard input asks, with JSch: a verb, a way to sign in, and paths, with
// tabs between them. Answers `done` or `failed`, a tab, and what was said.
import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import com.jcraft.jsch.UIKeyboardInteractive;
import com.jcraft.jsch.UserInfo;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.Map;

public class JschClient {
    private static final Map<String, String> WAYS = Map.of("key", "publickey");

    public static void main(String[] known) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(answer(known, line.split("\t")).replace('\n', ' '));
        }
    }

    private static String answer(String[] known, String[] asked) {
        Session session = null;
        try {
            var jsch = new JSch();
            if (asked[1].equals("key")) {
                jsch.addIdentity(known[4]);
            }
            session = jsch.getSession(known[1], "127.0.0.1", Integer.parseInt(known[0]));
            session.setPassword(known[2]);
            session.setUserInfo(new Typist(known[2]));
            session.setConfig("StrictHostKeyChecking", "no");
            session.setConfig("PreferredAuthentications", WAYS.getOrDefault(asked[1], asked[1]));
            session.connect(20_000);
            var sftp = (ChannelSftp) session.openChannel("sftp");
            sftp.connect();
            return "done\t" + done(sftp, asked[0], Arrays.copyOfRange(asked, 2, asked.length));
        } catch (SftpException error) {
            return "failed\tSftpException " + error.id + ": " + error.getMessage();
        } catch (JSchException error) {
            return "failed\tJSchException: " + error.getMessage();
        } finally {
            if (session != null) {
                session.disconnect();
            }
        }
    }

    private static String done(ChannelSftp sftp, String verb, String[] paths) throws SftpException {
        switch (verb) {
            case "put" -> sftp.put(paths[0], paths[1]);
            case "put-with-times" -> {
                sftp.put(paths[0], paths[1]);
                sftp.setMtime(paths[1], (int) (new File(paths[0]).lastModified() / 1000));
            }
            case "resume" -> sftp.put(paths[0], paths[1], ChannelSftp.RESUME);
            case "list" -> {
                return sftp.ls(paths[0]).toString();
            }
            case "rename" -> sftp.rename(paths[0], paths[1]);
            case "get" -> sftp.get(paths[0], paths[1]);
            case "delete" -> sftp.rm(paths[0]);
            case "set-mode" -> sftp.chmod(0644, paths[0]);
            default -> throw new IllegalArgumentException(verb);
        }
        return "";
    }

    /** Types the password where the server asks for it. */
    private record Typist(String password) implements UserInfo, UIKeyboardInteractive {
        public String getPassword() {
            return password;
        }

        public String getPassphrase() {
            return null;
        }

        public boolean promptPassword(String message) {
            return true;
        }

        public boolean promptPassphrase(String message) {
            return false;
        }

        public boolean promptYesNo(String message) {
            return true;
        }

        public void showMessage(String message) {}

        public String[] promptKeyboardInteractive(
                String destination, String name, String instruction, String[] prompt, boolean[] echo) {
            var answers = new String[prompt.length];
            Arrays.fill(answers, password);
            return answers;
        }
    }
}
